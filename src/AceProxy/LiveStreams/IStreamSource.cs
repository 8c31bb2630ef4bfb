using AceProxy.EngineApi;

namespace AceProxy.LiveStreams;

/// <summary>Where streams come from: the engine alone, or the engine on one of several workers and from there to the others.</summary>
internal interface IStreamSource
{
    /// <summary>Fills the stream's ring until it cannot go on, and returns why.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired: the stream is not wanted any more.</exception>
    Task<EngineFailure?> RunAsync(StreamRun stream, CancellationToken cancellation);
}
