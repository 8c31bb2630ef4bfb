using AceProxy.Buffering;

namespace AceProxy.Tests.Buffering;

/// <summary>Takes whatever comes.</summary>
internal sealed class ReadyFollower : IRingFollower
{
    public long Sequence { get; private set; }

    public bool Push(Chunk newest, bool inPlace)
    {
        Sequence = newest.Sequence + 1;
        return true;
    }

    public void Complete()
    {
    }
}
