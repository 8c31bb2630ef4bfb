using AceProxy.MpegTs;

namespace AceProxy.Tests.Gates;

/// <summary>Finds the packets in 64 KiB and more of bytes, afresh each time.</summary>
internal sealed class AlignStep(string name, byte[] bytes) : HotPathStep(name, "packet", budget: 0)
{
    private readonly PacketAligner _aligner = new();

    public override int Units => bytes.Length / TsPacket.Size;

    public override long Bytes => bytes.Length;

    public override void Run()
    {
        _aligner.Reset();
        ReadOnlySpan<byte> rest = bytes;
        int length;
        do
        {
            _aligner.Next(rest, out int skip, out length);
            rest = rest[(skip + length)..];
        }
        while (length > 0);
    }
}
