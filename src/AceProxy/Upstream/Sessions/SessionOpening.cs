using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;

namespace AceProxy.Upstream.Sessions;

/// <summary>What came of an opening: a session, or a failure and the slot that is still held on the engine that failed last.</summary>
internal readonly record struct SessionOpening(
    EngineReservation Slot, UpstreamSession? Session, ContentSelector? Selector, EngineFailure? Failure);
