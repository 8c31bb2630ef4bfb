using AceProxy.Content;
using AceProxy.Engines;

namespace AceProxy.EngineApi;

/// <summary>A call that opens a session, and whose caller has gone before the reply.</summary>
internal sealed class LateOpening(Engine engine, ContentSelector selector, ContentKey key, Task<EngineReply<EngineSession>> call)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _claimed;

    public Task<EngineReply<EngineSession>> Call { get; } = call;

    /// <summary>Completes when its session has another owner, has been stopped, or turned out never to have been opened.</summary>
    public Task Settled => _settled.Task;

    public bool IsOn(Engine other, ContentKey otherKey) => engine == other && key == otherKey;

    public bool Opens(ContentSelector other) => selector == other;

    /// <summary>True for the first caller only, who then has to deal with its reply.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    public void Settle() => _settled.TrySetResult();
}
