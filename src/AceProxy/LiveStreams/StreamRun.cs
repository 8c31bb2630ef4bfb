using AceProxy.Buffering;
using AceProxy.EngineApi;
using AceProxy.Engines;

namespace AceProxy.LiveStreams;

/// <summary>What a source fills, and what it may ask of the stream.</summary>
internal sealed record StreamRun
{
    public required LiveStream Stream { get; init; }

    public required RingWriter Writer { get; init; }

    /// <summary>
    /// Reads an engine into the ring. Nothing is left open or taken there when it returns, however it does.
    /// </summary>
    public required Func<EngineChoice, CancellationToken, Task<EngineFailure?>> ReadEngine { get; init; }

    /// <summary>Takes a free slot on an engine other than the named, if there is one.</summary>
    public required Func<string, ValueTask<EngineReservation?>> TryReserveOther { get; init; }

    /// <summary>Whether a stream that another worker reads on the named engine could be read here. Empty: nobody can read it.</summary>
    public required Func<string, bool> HasRoom { get; init; }

    /// <summary>Where the stream is read, as long as that engine takes sessions; otherwise empty.</summary>
    public required Func<string> Engine { get; init; }

    /// <summary>Keeps the slot it is read in for that worker when it is given back, for a moment.</summary>
    public required Action<string> Promise { get; init; }

    /// <summary>Tells whether workers elsewhere depend on the stream, so that it goes on without clients here.</summary>
    public required Action<bool> Hold { get; init; }

    /// <summary>Told whenever it changes.</summary>
    public required Action<StreamRole> Role { get; init; }
}
