using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

/// <summary>Feeds a <see cref="PacketAligner"/> the way a reader does: appends to what is left and takes all it gives.</summary>
internal sealed class Alignment
{
    private readonly List<byte> _output = [];
    private byte[] _rest = [];

    public PacketAligner Aligner { get; } = new();

    public byte[] Output => [.. _output];

    public int Held => _rest.Length;

    public static Alignment Of(byte[] bytes, Func<int> pieceSize)
    {
        var alignment = new Alignment();
        for (var at = 0; at < bytes.Length;)
        {
            var size = Math.Min(pieceSize(), bytes.Length - at);
            alignment.Add(bytes.AsSpan(at, size));
            at += size;
        }

        return alignment;
    }

    public static Alignment Of(byte[] bytes) => Of(bytes, () => bytes.Length);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _rest = [.. _rest, .. bytes];
        while (true)
        {
            Aligner.Next(_rest, out var skip, out var length);
            Assert.InRange(skip, 0, _rest.Length);
            Assert.InRange(length, 0, _rest.Length - skip);
            Assert.Equal(0, length % TsPacket.Size);
            _output.AddRange(_rest.AsSpan(skip, length));
            _rest = _rest[(skip + length)..];
            if (length == 0)
            {
                Assert.InRange(_rest.Length, 0, (TsPacket.Size * (PacketAligner.ConfirmedPackets - 1)));
                return;
            }
        }
    }

    public byte[] End()
    {
        var length = Aligner.Flush(_rest);
        _output.AddRange(_rest.AsSpan(0, length));
        _rest = [];
        return Output;
    }
}
