using AceProxy.Buffering;
using AceProxy.EngineApi;

namespace AceProxy.LiveStreams;

/// <summary>What a source fills, and what it may ask of the stream.</summary>
internal sealed record StreamRun
{
    public required LiveStream Stream { get; init; }

    public required RingWriter Writer { get; init; }

    /// <summary>
    /// Reads an engine into the ring, one other than the named if there is one; nothing is left open there when it returns, however it does.
    /// </summary>
    public required Func<string, CancellationToken, Task<EngineFailure?>> ReadEngine { get; init; }

    /// <summary>Whether there is an engine that takes sessions, other than the named.</summary>
    public required Func<string, bool> HasOtherEngine { get; init; }

    /// <summary>Tells whether workers elsewhere depend on the stream, so that it goes on without clients here.</summary>
    public required Action<bool> Hold { get; init; }

    /// <summary>Told whenever it changes.</summary>
    public required Action<StreamRole> Role { get; init; }
}
