using AceProxy.Content;
using AceProxy.EngineApi;

namespace AceProxy.Engines;

/// <summary>One engine: where it is, how it is, and what its sessions have told about it.</summary>
internal sealed class Engine(EngineAddress address, TimeProvider time)
{
    private volatile EngineHealth _health = new(EngineState.Healthy, "not asked yet", time.GetUtcNow());

    public EngineAddress Address { get; } = address;

    public EngineHealth Health => _health;

    /// <summary>Fires when sessions should go elsewhere: the engine is being drained, or is gone.</summary>
    public CancellationToken MoveAway { get; } = CancellationToken.None;

    /// <summary>A counter value of the last reservation, so that equals are taken in turn; written by <see cref="EnginePool"/> alone.</summary>
    public long LastReservation { get; set; }

    /// <summary>A session here could not be opened, or could not be continued.</summary>
    public void SessionFailed(ContentKey content, EngineFailure failure) =>
        _health = _health with { Reason = $"{content}: {failure.Message}" };

    /// <summary>A session here yields data.</summary>
    public void SessionFlowed(ContentKey content) => _health = _health with { Reason = $"{content} flows" };

    public override string ToString() => Address.Id;
}
