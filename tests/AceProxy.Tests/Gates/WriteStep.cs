using AceProxy.Buffering;

namespace AceProxy.Tests.Gates;

/// <summary>All that is done with an engine's bytes: aligned, inspected and appended, in reads of 8 KiB, as they come from a socket.</summary>
internal sealed class WriteStep : RingStep
{
    private const int Read = 8192;

    private readonly byte[] _clip;
    private readonly RingWriter _writer;

    public WriteStep(string name, double budget, byte[] clip)
        : base(name, "chunk", budget)
    {
        _clip = clip;
        Builder.Dispose(); // a ring has one writer
        _writer = new RingWriter(Ring, Pool, Ticker, Options, TimeProvider.System);
    }

    public override int Units => (_clip.Length + Chunk.Length - 1) / Chunk.Length;

    public override long Bytes => _clip.Length;

    public override void Run()
    {
        for (int done = 0, seen = 0; seen < _clip.Length;)
        {
            seen = Math.Min(seen + Read, _clip.Length);
            done += _writer.Write(_clip.AsSpan(done..seen));
        }
    }

    public override void Dispose()
    {
        _writer.Dispose();
        base.Dispose();
    }
}
