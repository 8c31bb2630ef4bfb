using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Events;
using AceProxy.Upstream.Handover;
using AceProxy.Upstream.Playback;
using AceProxy.Upstream.Sessions;

namespace AceProxy.Upstream;

/// <summary>What every run of an upstream needs.</summary>
internal sealed record UpstreamServices(
    EnginePool Engines,
    EngineSessions Sessions,
    SessionOpener Opener,
    PlaybackReader Playback,
    HandoverPlaces Handovers,
    UpstreamOptions Options,
    UpstreamMetrics Metrics,
    EventLog Events,
    TimeProvider Time,
    ILogger<UpstreamReader> Logger);
