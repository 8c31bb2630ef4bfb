using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using AceProxy.Buffering;
using AceProxy.MpegTs;

namespace AceProxy.Cluster.Segments;

/// <summary>Segments as bytes. What is in Redis may be anything, so everything read is checked.</summary>
/// <remarks>
/// Little-endian: version (1 byte), CRC-32C of all that follows (4), epoch, number, continued epoch, continued number (-1 for none), made at,
/// first sequence, first packet, unbroken from (8 each), count of chunks, count of points (4 each); a chunk: length, age (4 each); a point: chunk,
/// offset, age, where its tables begin, length of its preamble (4 each), preamble; then the chunks' packets to the end.
/// </remarks>
internal static class SegmentCodec
{
    public const byte Version = 1;

    private const int HeaderSize = 1 + 4 + (8 * 8) + 4 + 4;
    private const int ChunkSize = 8;
    private const int PointSize = 20;

    /// <summary>A chunk has to fit a slab with its frame.</summary>
    private static readonly int LongestChunk = ChunkFrame.DataFor(SlabPool.DefaultSlabSize);

    /// <summary>Markers and tables of the largest program are well below this.</summary>
    private const int LongestPreamble = 256 * TsPacket.Size;

    private const int MostChunks = 65536;
    private const int MostPoints = 4096;

    /// <param name="segment">Its <see cref="Segment.Data"/> is not looked at.</param>
    /// <param name="chunks">What it is made of instead.</param>
    public static byte[] Encode(Segment segment, IReadOnlyList<Chunk> chunks)
    {
        int size = HeaderSize + (ChunkSize * chunks.Count) + chunks.Sum(chunk => chunk.Length)
            + segment.Points.Sum(point => PointSize + point.Preamble.Bytes.Length);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(size);
        var writer = new Writer(bytes.AsSpan(5));
        writer.Long(segment.Id.Epoch);
        writer.Long(segment.Id.Number);
        writer.Long(segment.Continues?.Epoch ?? -1);
        writer.Long(segment.Continues?.Number ?? -1);
        writer.Long(segment.MadeAt);
        writer.Long(segment.FirstSequence);
        writer.Long(segment.FirstPacket);
        writer.Long(segment.UnbrokenFrom);
        writer.Int(chunks.Count);
        writer.Int(segment.Points.Count);
        for (int i = 0; i < chunks.Count; i++)
        {
            writer.Int(chunks[i].Length);
            writer.Int(segment.Chunks[i].Age);
        }

        foreach (SegmentPoint point in segment.Points)
        {
            writer.Int(point.Chunk);
            writer.Int(point.Offset);
            writer.Int(point.Age);
            writer.Int(point.Preamble.TablesOffset);
            writer.Int(point.Preamble.Bytes.Length);
            writer.Bytes(point.Preamble.Bytes);
        }

        foreach (Chunk chunk in chunks)
        {
            writer.Bytes(chunk.Bytes);
        }

        bytes[0] = Version;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1), Checksum(bytes.AsSpan(5)));
        return bytes;
    }

    /// <param name="id">Where it was found; one that says it is another is refused.</param>
    /// <param name="problem">Why it cannot be used, for people.</param>
    public static bool TryDecode(byte[] bytes, SegmentId id, [NotNullWhen(true)] out Segment? segment, [NotNullWhen(false)] out string? problem)
    {
        segment = null;
        problem = Decode(bytes, id, ref segment);
        return problem is null;
    }

    private static string? Decode(byte[] bytes, SegmentId id, ref Segment? segment)
    {
        if (bytes.Length < HeaderSize)
        {
            return bytes.Length == 0 ? "it is empty, or no string" : $"{bytes.Length} bytes are too short";
        }

        if (bytes[0] != Version)
        {
            return $"version {bytes[0]} is not {Version}";
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(1)) != Checksum(bytes.AsSpan(5)))
        {
            return "the checksum is wrong";
        }

        // From here on it is what some worker wrote, or what somebody made to look like it.
        var reader = new Reader(bytes, 5);
        var found = new SegmentId(reader.Long(), reader.Long());
        (long beforeEpoch, long beforeNumber) = (reader.Long(), reader.Long());
        (long madeAt, long firstSequence, long firstPacket, long unbrokenFrom) = (reader.Long(), reader.Long(), reader.Long(), reader.Long());
        (int chunkCount, int pointCount) = (reader.Int(), reader.Int());
        if (found != id)
        {
            return $"it is {found.Number} of epoch {found.Epoch}";
        }

        if (madeAt < 0 || firstSequence < 0 || firstPacket < 0 || unbrokenFrom < 0
            || chunkCount is < 1 or > MostChunks || pointCount is < 0 or > MostPoints || reader.Left < (long)chunkCount * ChunkSize)
        {
            return "a number of its header is out of range";
        }

        var chunks = new SegmentChunk[chunkCount];
        long data = 0;
        for (int i = 0; i < chunkCount; i++)
        {
            chunks[i] = new SegmentChunk(reader.Int(), reader.Int());
            if (chunks[i].Length <= 0 || chunks[i].Length > LongestChunk || chunks[i].Length % TsPacket.Size != 0 || chunks[i].Age < 0)
            {
                return $"chunk {i} is {chunks[i].Length} bytes long, {chunks[i].Age} ms old";
            }

            data += chunks[i].Length;
        }

        var points = new SegmentPoint[pointCount];
        for (int i = 0; i < pointCount; i++)
        {
            if (!TryReadPoint(ref reader, chunks, out points[i]))
            {
                return $"random access point {i} makes no sense";
            }
        }

        if (reader.Left != data)
        {
            return $"{reader.Left} bytes of packets where {data} were said";
        }

        segment = new Segment
        {
            Id = found,
            Continues = beforeNumber < 0 ? null : new SegmentId(beforeEpoch, beforeNumber),
            MadeAt = madeAt,
            FirstSequence = firstSequence,
            FirstPacket = firstPacket,
            UnbrokenFrom = unbrokenFrom,
            Chunks = chunks,
            Points = points,
            Data = reader.Rest,
        };
        for (int at = 0; at < data; at += TsPacket.Size)
        {
            if (segment.Data.Span[at] != TsPacket.SyncByte)
            {
                return $"no packet begins at {at}";
            }
        }

        return null;
    }

    private static bool TryReadPoint(ref Reader reader, SegmentChunk[] chunks, out SegmentPoint point)
    {
        point = default;
        if (reader.Left < PointSize)
        {
            return false;
        }

        (int chunk, int offset, int age, int tables, int length) = (reader.Int(), reader.Int(), reader.Int(), reader.Int(), reader.Int());
        int longest = chunk >= 0 && chunk < chunks.Length ? chunks[chunk].Length : LongestChunk;
        if (chunk >= chunks.Length || chunk < -MostChunks || offset < 0 || offset >= longest || offset % TsPacket.Size != 0 || age < 0
            || length is < 0 or > LongestPreamble || length % TsPacket.Size != 0 || length > reader.Left
            || tables < 0 || tables > length || tables % TsPacket.Size != 0)
        {
            return false;
        }

        point = new SegmentPoint(chunk, offset, age, new Preamble(reader.Bytes(length), tables));
        return true;
    }

    /// <summary>CRC-32C (Castagnoli), which processors calculate at memory speed; against garbage, not against malice.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (byte single in bytes[(words.Length * 8)..])
        {
            crc = BitOperations.Crc32C(crc, single);
        }

        return ~crc;
    }

    private ref struct Writer(Span<byte> rest)
    {
        private Span<byte> _rest = rest;

        public void Long(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_rest, value);
            _rest = _rest[8..];
        }

        public void Int(int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_rest, value);
            _rest = _rest[4..];
        }

        public void Bytes(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_rest);
            _rest = _rest[bytes.Length..];
        }
    }

    private ref struct Reader(byte[] all, int at)
    {
        private int _at = at;

        public readonly int Left => all.Length - _at;

        public readonly ReadOnlyMemory<byte> Rest => all.AsMemory(_at);

        public long Long()
        {
            _at += 8;
            return BinaryPrimitives.ReadInt64LittleEndian(all.AsSpan(_at - 8));
        }

        public int Int()
        {
            _at += 4;
            return BinaryPrimitives.ReadInt32LittleEndian(all.AsSpan(_at - 4));
        }

        public byte[] Bytes(int length)
        {
            _at += length;
            return all.AsSpan(_at - length, length).ToArray();
        }
    }
}
