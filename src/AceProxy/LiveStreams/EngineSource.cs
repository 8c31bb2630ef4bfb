using AceProxy.EngineApi;

namespace AceProxy.LiveStreams;

/// <summary>A worker by itself: every stream comes from an engine.</summary>
internal sealed class EngineSource : IStreamSource
{
    public Task<EngineFailure?> RunAsync(StreamRun stream, CancellationToken cancellation) => stream.ReadEngine(EngineChoice.Any, cancellation);
}
