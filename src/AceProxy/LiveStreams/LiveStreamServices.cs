using AceProxy.Access.Limits;
using AceProxy.Buffering;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Events;
using AceProxy.Upstream;

namespace AceProxy.LiveStreams;

/// <summary>What every live stream needs of the steps it drives.</summary>
internal sealed record LiveStreamServices(
    IStreamSource Source,
    EnginePool Engines,
    UpstreamReader Upstream,
    ContentResolver Resolver,
    SlabPool Slabs,
    ChunkTicker Ticker,
    RingOptions RingOptions,
    LiveStreamOptions Options,
    LimitOptions Limits,
    EventLog Events,
    StreamMetrics Metrics,
    OpeningMetrics Openings,
    TimeProvider Time,
    ILogger<LiveStream> Logger);
