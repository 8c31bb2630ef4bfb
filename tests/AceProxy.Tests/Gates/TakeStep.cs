using AceProxy.Buffering;

namespace AceProxy.Tests.Gates;

/// <summary>A reader that takes and gives back every chunk there is.</summary>
internal sealed class TakeStep(string name) : RingStep(name, "chunk", budget: 0)
{
    public override int Units => (int)(Ring.Next - Ring.Oldest);

    public override void Run()
    {
        for (long sequence = Ring.Oldest; Ring.TryAcquire(sequence, out Chunk? chunk) == ChunkRead.Acquired; sequence++)
        {
            chunk!.Release();
        }
    }
}
