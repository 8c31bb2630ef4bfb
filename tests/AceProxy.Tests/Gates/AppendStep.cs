namespace AceProxy.Tests.Gates;

/// <summary>Copies a chunk's packets into a slab, frames it and appends it.</summary>
internal sealed class AppendStep(string name, double budget) : RingStep(name, "chunk", budget)
{
    public override int Units => 1;

    public override long Bytes => Chunk.Length;

    public override void Run() => Builder.Append(Chunk);
}
