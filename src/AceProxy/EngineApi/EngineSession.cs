using AceProxy.Engines;

namespace AceProxy.EngineApi;

/// <summary>What an engine opened for us. The addresses are pinned to the configured host and port.</summary>
internal sealed class EngineSession(Engine engine, Guid pid)
{
    private readonly Lock _gate = new();
    private Task? _stop;

    public Engine Engine { get; } = engine;

    /// <summary>Our name as a player, fresh for every session: the engine stops a player's old session when it opens another.</summary>
    public Guid Pid { get; } = pid;

    public required Uri PlaybackUrl { get; init; }

    /// <summary>Null when the engine gave none.</summary>
    public required Uri? StatUrl { get; init; }

    /// <summary>Null when the engine gave none; then the session ends when its reader does.</summary>
    public required Uri? CommandUrl { get; init; }

    /// <summary>40 lower-case hex digits, or null when the engine did not say.</summary>
    public required string? Infohash { get; init; }

    public required string? PlaybackSessionId { get; init; }

    /// <summary>True unless the engine says <c>is_live</c> 0; it may say -1 before it knows.</summary>
    public required bool IsLive { get; init; }

    /// <summary>Its stop, which the first caller begins and whoever else calls waits for.</summary>
    public Task StopOnce(Func<Task> send)
    {
        lock (_gate)
        {
            return _stop ??= send();
        }
    }
}
