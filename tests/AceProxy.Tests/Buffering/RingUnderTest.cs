using System.Buffers.Binary;
using AceProxy.Buffering;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Buffering;

/// <summary>A ring with its memory and its clock, and packets that carry their own number in every byte of their payload.</summary>
internal sealed class RingUnderTest : IDisposable
{
    public const int ChunkPackets = 5;

    public static readonly RingOptions Small = new()
    {
        ChunkSize = (ChunkPackets * TsPacket.Size) + ChunkFrame.HeadRoom + ChunkFrame.Tail,
        ChunkAge = TimeSpan.FromMilliseconds(50),
        Size = 1_000_000,
        Ttl = TimeSpan.FromSeconds(60),
        KeyframeWait = TimeSpan.FromSeconds(2),
        SpliceWait = TimeSpan.FromSeconds(4),
    };

    private long _firstPacket;

    public RingUnderTest(RingOptions? options = null, int slabPackets = 12)
    {
        Options = options ?? Small;
        Pool = new SlabPool { SlabSize = (slabPackets * TsPacket.Size) + ChunkFrame.HeadRoom + ChunkFrame.Tail };
        Ring = new ChunkRing(Options, Time);
        Ticker = new ChunkTicker(Options, Time);
    }

    public RingOptions Options { get; }

    public ManualTimeProvider Time { get; } = new();

    public SlabPool Pool { get; }

    public ChunkRing Ring { get; }

    public ChunkTicker Ticker { get; }

    public ChunkBuilder NewBuilder() => new(Ring, Pool, Ticker, Options, Time);

    public RingWriter NewWriter() => new(Ring, Pool, Ticker, Options, Time);

    /// <summary>Appends a chunk of so many packets, in a slab of its own.</summary>
    public void Append(int packets)
    {
        Ring.Append(NewChunk(Ring, _firstPacket, packets));
        _firstPacket += packets;
    }

    /// <summary>The chunk that comes next in a ring, in a slab of its own.</summary>
    public Chunk NewChunk(ChunkRing ring, long firstPacket, int packets)
    {
        Slab slab = Pool.Rent();
        int length = packets * TsPacket.Size;
        Numbered(firstPacket, packets).CopyTo(slab.GetSpan()[ChunkFrame.HeadRoom..]);
        int frame = ChunkFrame.Write(slab.GetSpan(), ChunkFrame.HeadRoom, length);
        return new Chunk(ring.Next, firstPacket, slab, frame, ChunkFrame.HeadRoom, length, length, Time.GetTimestamp());
    }

    /// <summary>What a client would read from the oldest chunk on.</summary>
    public byte[] Content()
    {
        var bytes = new List<byte>();
        for (long sequence = Ring.Oldest; Ring.TryAcquire(sequence, out Chunk? chunk) == ChunkRead.Acquired; sequence++)
        {
            bytes.AddRange(chunk!.Bytes);
            chunk.Release();
        }

        return [.. bytes];
    }

    public static byte[] Numbered(long first, int count)
    {
        byte[] bytes = new byte[count * TsPacket.Size];
        for (int packet = 0; packet < count; packet++)
        {
            WriteNumbered(bytes.AsSpan(packet * TsPacket.Size, TsPacket.Size), first + packet);
        }

        return bytes;
    }

    public static void WriteNumbered(Span<byte> packet, long number)
    {
        BinaryPrimitives.WriteInt32BigEndian(packet, 0x47010010 | (int)(number & 0x0F));
        for (int at = TsPacket.HeaderSize; at < TsPacket.Size; at += sizeof(int))
        {
            BinaryPrimitives.WriteInt32BigEndian(packet[at..], (int)number);
        }
    }

    /// <summary>The number of a packet, or -1 when its bytes do not agree on one.</summary>
    public static int NumberOf(ReadOnlySpan<byte> packet)
    {
        int number = BinaryPrimitives.ReadInt32BigEndian(packet[TsPacket.HeaderSize..]);
        for (int at = TsPacket.HeaderSize; at < TsPacket.Size; at += sizeof(int))
        {
            if (BinaryPrimitives.ReadInt32BigEndian(packet[at..]) != number)
            {
                return -1;
            }
        }

        return number;
    }

    public void Dispose()
    {
        Ticker.Dispose();
        Ring.Dispose();
    }
}
