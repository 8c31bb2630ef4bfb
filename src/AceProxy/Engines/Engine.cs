namespace AceProxy.Engines;

/// <summary>One engine and what this worker has on it.</summary>
internal sealed class Engine(EngineAddress address)
{
    public EngineAddress Address { get; } = address;

    /// <summary>Sessions held or being opened here; changed only by <see cref="EngineList"/> under its lock.</summary>
    public int Sessions { get; set; }

    /// <summary>A counter value of the last reservation, so that equals are taken in turn.</summary>
    public long LastUsed { get; set; }

    public override string ToString() => Address.Id;
}
