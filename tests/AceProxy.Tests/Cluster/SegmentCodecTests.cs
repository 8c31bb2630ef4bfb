using System.Buffers.Binary;
using AceProxy.Buffering;
using AceProxy.Cluster.Segments;
using AceProxy.MpegTs;
using AceProxy.Tests.Buffering;

namespace AceProxy.Tests.Cluster;

public sealed class SegmentCodecTests : IDisposable
{
    private static readonly SegmentId Id = new(1795275775522, 7);
    private readonly RingUnderTest _ring = new();

    public void Dispose() => _ring.Dispose();

    [Fact]
    public void Decode_WhatWasEncoded_IsTheSame()
    {
        (Segment segment, byte[] bytes) = Sample();

        Assert.True(SegmentCodec.TryDecode(bytes, Id, out Segment? decoded, out string? problem), problem);
        Assert.Equal(
            (segment.Id, segment.Continues, segment.MadeAt, segment.FirstSequence, segment.FirstPacket, segment.UnbrokenFrom),
            (decoded.Id, decoded.Continues, decoded.MadeAt, decoded.FirstSequence, decoded.FirstPacket, decoded.UnbrokenFrom));
        Assert.Equal(segment.Chunks, decoded.Chunks);
        Assert.Equal(segment.Points.Select(Flat), decoded.Points.Select(Flat));
        Assert.Equal(_ring.Content(), decoded.Data.ToArray());
    }

    [Fact]
    public void Decode_ContinuesNothing_IsNull()
    {
        (Segment segment, _) = Sample();
        List<Chunk> chunks = Chunks();
        byte[] bytes = SegmentCodec.Encode(segment with { Continues = null }, chunks);

        Assert.True(SegmentCodec.TryDecode(bytes, Id, out Segment? decoded, out _));
        Assert.Null(decoded.Continues);
    }

    [Fact]
    public void Decode_OfAnotherPlace_IsRefused()
    {
        (_, byte[] bytes) = Sample();
        AssertRefused(bytes, "epoch", Id with { Number = 8 });
        AssertRefused(bytes, "epoch", Id with { Epoch = 3 });
    }

    [Fact]
    public void Decode_CutAnywhere_IsRefused()
    {
        (_, byte[] bytes) = Sample();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.False(SegmentCodec.TryDecode(bytes[..length], Id, out _, out string? problem));
            Assert.NotEmpty(problem);
        }
    }

    [Fact]
    public void Decode_OneByteChanged_IsRefused()
    {
        (_, byte[] bytes) = Sample();
        for (int at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 0x40;
            Assert.False(SegmentCodec.TryDecode(bytes, Id, out _, out string? problem), $"byte {at}");
            Assert.NotEmpty(problem);
            bytes[at] ^= 0x40;
        }
    }

    /// <summary>What somebody made to look right: every header field and every list at once, with a checksum that fits.</summary>
    [Fact]
    public void Decode_NonsenseWithARightChecksum_NeverThrows()
    {
        (_, byte[] original) = Sample();
        var random = new Random(4711);
        int refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = original[..random.Next(5, original.Length + 1)];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(5, Math.Min(bytes.Length, 200) + 1);
                if (at + 4 <= bytes.Length)
                {
                    int value = random.Next(4) switch { 0 => -1, 1 => int.MaxValue, 2 => int.MinValue, _ => random.Next(0, 1000) };
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
                }
            }

            Seal(bytes);
            refused += SegmentCodec.TryDecode(bytes, Id, out _, out _) ? 0 : 1;
        }

        Assert.InRange(refused, 10_000, 20_000);
    }

    [Fact]
    public void Decode_RandomBytes_AreRefused()
    {
        var random = new Random(1);
        for (int length = 0; length < 2000; length++)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            Assert.False(SegmentCodec.TryDecode(bytes, Id, out _, out _));
        }
    }

    [Fact]
    public void Decode_AnotherVersion_NamesIt()
    {
        (_, byte[] bytes) = Sample();
        bytes[0] = 9;
        AssertRefused(bytes, "version 9", Id);
    }

    private static void AssertRefused(byte[] bytes, string word, SegmentId id)
    {
        Assert.False(SegmentCodec.TryDecode(bytes, id, out _, out string? problem));
        Assert.Contains(word, problem, StringComparison.Ordinal);
    }

    /// <summary>CRC-32C bit by bit, so that the test has its own idea of it.</summary>
    private static void Seal(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes.AsSpan(5))
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1), ~crc);
    }

    private static (int, int, int, int, string) Flat(SegmentPoint point) =>
        (point.Chunk, point.Offset, point.Age, point.Preamble.TablesOffset, Convert.ToHexString(point.Preamble.Bytes));

    private (Segment Segment, byte[] Bytes) Sample()
    {
        for (int i = 0; i < 3 && _ring.Ring.Next < 3; i++)
        {
            _ring.Append(i + 1);
        }

        List<Chunk> chunks = Chunks();
        var segment = new Segment
        {
            Id = Id,
            Continues = new SegmentId(17, 3),
            MadeAt = 1795275775999,
            FirstSequence = 1234,
            FirstPacket = 99_999,
            UnbrokenFrom = 88_888,
            Chunks = [new(1 * TsPacket.Size, 150), new(2 * TsPacket.Size, 100), new(3 * TsPacket.Size, 50)],
            Points =
            [
                new SegmentPoint(-2, TsPacket.Size, 400, new Preamble(RingUnderTest.Numbered(50, 4), 2 * TsPacket.Size)),
                new SegmentPoint(2, 0, 10, new Preamble([], 0)),
            ],
            Data = default,
        };
        byte[] bytes = SegmentCodec.Encode(segment, chunks);
        return (segment, bytes);
    }

    private List<Chunk> Chunks()
    {
        var chunks = new List<Chunk>();
        for (long sequence = 0; _ring.Ring.TryAcquire(sequence, out Chunk? chunk) == ChunkRead.Acquired; sequence++)
        {
            chunks.Add(chunk!);
            chunk!.Release(); // the ring keeps it
        }

        return chunks;
    }
}
