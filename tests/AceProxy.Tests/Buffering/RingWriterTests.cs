using AceProxy.Buffering;
using AceProxy.MpegTs;
using AceProxy.Splicing;
using AceProxy.Tests.MpegTs;
using AceProxy.Tests.Splicing;

namespace AceProxy.Tests.Buffering;

public sealed class RingWriterTests
{
    private const int MapPid = 0x1000;
    private const int VideoPid = 0x100;
    private const int AudioPid = 0x101;
    private static readonly byte[] Garbage = [.. Enumerable.Repeat((byte)0xEE, 333)];

    /// <summary>Packets before the access unit in <see cref="Groups"/>: the tables and one of sound.</summary>
    private const int LeadIn = 3;

    public static TheoryData<int> Pieces() => [1, 3, 47, 187, 188, 189, 376, 1000, 100_000];

    [Theory]
    [MemberData(nameof(Pieces))]
    public void Write_InWhateverPieces_KeepsEveryPacketAndFindsTheSamePoints(int piece)
    {
        byte[] stream = Groups(new TsBuilder(), 5);
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();

        Feed(writer, stream, piece);

        Assert.Equal(stream, test.Content());
        RandomAccessPoint point = test.Ring.FindJoin(TimeSpan.FromHours(1))!;
        Assert.Equal(LeadIn, PacketAt(test.Ring, point.Position));
        Assert.Equal([TsPacket.PatPid, MapPid], point.Preamble.Bytes[point.Preamble.TablesOffset..].Chunk(TsPacket.Size).Select(packet => TsPacket.Pid(packet)));
        Assert.Equal(0, writer.SkippedBytes);
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public void Write_GarbageBeforeAndBetween_IsLeftOut(int piece)
    {
        var builder = new TsBuilder();
        byte[] first = Groups(builder, 3);
        byte[] both = Groups(builder, 3);
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();

        Feed(writer, [.. Garbage, .. first, .. Garbage, .. both[first.Length..]], piece);

        byte[][] packets = [.. test.Content().Chunk(TsPacket.Size)];
        Assert.Equal(both, packets.Where(packet => !IsMarker(packet)).SelectMany(packet => packet));
        Assert.Equal(2 * Garbage.Length, writer.SkippedBytes);

        // The loss is announced on every PID, before its first packet behind it, and nowhere else.
        int[] marked = [.. packets.Where(IsMarker).Select(packet => TsPacket.Pid(packet)).Order()];
        Assert.Equal([TsPacket.PatPid, VideoPid, AudioPid, MapPid], marked);
        Assert.DoesNotContain(packets[..(first.Length / TsPacket.Size)], IsMarker);
        Assert.Empty(Continuity.Errors(test.Content()));
    }

    [Fact]
    public void Write_NothingButGarbage_CountsItAndHasNoPackets()
    {
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();

        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(Garbage.Length, writer.Write(Garbage));
        }

        Assert.Equal((false, 100L * Garbage.Length), (writer.IsAligned, writer.BytesSinceAligned));
        Assert.Equal(0, test.Ring.Next);
    }

    [Fact]
    public void EndOfConnection_WholeAndPartialPacketsLeft_KeepsTheWholeOnes()
    {
        byte[] stream = Groups(new TsBuilder(), 2);
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        writer.Write(stream.AsSpan(0, 10 * TsPacket.Size));

        writer.EndOfConnection(stream.AsSpan(10 * TsPacket.Size, (3 * TsPacket.Size) + 100));

        Assert.Equal(stream[..(13 * TsPacket.Size)], test.Content());
    }

    [Fact]
    public void EndOfConnection_FewerPacketsThanConfirmOneAnother_AreKeptWhenTheyFillIt()
    {
        byte[] stream = Groups(new TsBuilder(), 1);
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        Assert.Equal(0, writer.Write(stream.AsSpan(0, 2 * TsPacket.Size)));

        writer.EndOfConnection(stream.AsSpan(0, 2 * TsPacket.Size));

        Assert.Equal(stream[..(2 * TsPacket.Size)], test.Content());
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public void Reconnected_BehindAGap_GoesOnAtAnAccessPointBehindMarkersAndTables(int piece)
    {
        byte[] before = Groups(new TsBuilder(), 3)[..^100]; // ends in the midst of a packet
        byte[] after = Groups(new TsBuilder(), 3, first: 10);
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        Feed(writer, before, piece);
        byte[] seen = test.Content();
        long next = test.Ring.Next;

        writer.Reconnected();
        Assert.False(writer.IsAligned);
        Feed(writer, after.AsSpan(50), piece); // begins in the midst of a packet

        byte[] content = test.Content();
        Assert.Equal(before[..(before.Length / TsPacket.Size * TsPacket.Size)], seen);
        Assert.Equal(seen, content[..seen.Length]);
        byte[][] resumed = [.. content[seen.Length..].Chunk(TsPacket.Size)];
        Assert.Equal(JumpReason.Gap, writer.TakeResumed()!.Reason);
        Assert.Null(writer.TakeResumed());
        Assert.Equal([TsPacket.PatPid, TsPacket.PatPid, MapPid, MapPid, VideoPid], resumed.Take(5).Select(packet => TsPacket.Pid(packet)));
        Assert.Equal([true, false, true, false, true], resumed.Take(5).Select(IsMarker));
        byte[][] packets = [.. resumed.Where(packet => !IsMarker(packet))];
        Assert.Equal(after[(LeadIn * TsPacket.Size)..], packets.Skip(2).SelectMany(packet => packet));
        Assert.Empty(Continuity.Errors(content));
        Assert.Equal(next, SequenceOf(test.Ring, seen.Length / TsPacket.Size));

        // The point is where it says: the ring numbers only what was kept.
        RandomAccessPoint point = test.Ring.FindJoin(TimeSpan.Zero)!;
        byte[][] joined = [.. content[((int)PacketAt(test.Ring, point.Position) * TsPacket.Size)..].Chunk(TsPacket.Size)];
        Assert.True(TsPacket.RandomAccessIndicator(joined.First(packet => !IsMarker(packet))));
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public void Reconnected_WithinWhatWasThere_GoesOnWithThePacketThatFollows(int piece)
    {
        byte[] stream = Groups(new TsBuilder(), 9);
        int cut = (stream.Length * 2 / 3) + 77;
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        Feed(writer, stream.AsSpan(0, cut), piece);

        writer.Reconnected();
        Feed(writer, stream.AsSpan((stream.Length / 3) + 55), piece); // begins in the midst of a packet

        Assert.Equal(stream, test.Content());
        Assert.True(writer.TakeResumed() is { IsSpliced: true, Overlap: not null });

        // The inspector has seen nothing of it: the points lie where they would.
        using var uninterrupted = new RingUnderTest();
        using RingWriter other = uninterrupted.NewWriter();
        Feed(other, stream, piece);
        RandomAccessPoint expected = uninterrupted.Ring.FindJoin(TimeSpan.Zero)!, actual = test.Ring.FindJoin(TimeSpan.Zero)!;
        Assert.Equal(PacketAt(uninterrupted.Ring, expected.Position), PacketAt(test.Ring, actual.Position));
        Assert.Equal(expected.Preamble.Bytes, actual.Preamble.Bytes);
    }

    [Fact]
    public void Reconnected_WithinWhatAnotherWorkerWrote_MarksPointsThatTheStreamsTablesGoOnFrom()
    {
        (byte[] stream, IReadOnlyList<int> begins) = Broadcast();
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        Copy(test, writer, stream[..begins[13]]);

        writer.Learn(stream.AsSpan(0, 2 * TsPacket.Size)); // as they were long ago
        writer.Reconnected();
        Feed(writer, stream.AsSpan(begins[8]), 1000);

        Assert.True(writer.TakeResumed() is { IsSpliced: true });
        Assert.Equal(stream, test.Content());
        RandomAccessPoint point = Assert.Single(test.Ring.AccessPoints(null, test.Ring.Next)); // at 13 no tables had come yet
        Assert.Empty(Continuity.Errors(JoinedAt(test, point, stream)));
    }

    [Fact]
    public void Reconnected_AfterItReadAndThenCopied_MarksPointsThatTheStreamsTablesGoOnFrom()
    {
        (byte[] stream, IReadOnlyList<int> begins) = Broadcast();
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        writer.WriteWhole(stream.AsSpan(0, begins[4])); // its owner at first
        Copy(test, writer, stream[begins[4]..begins[13]]);

        writer.Learn(stream.AsSpan(0, 2 * TsPacket.Size));
        writer.Reconnected();
        Feed(writer, stream.AsSpan(begins[8]), 1000);

        Assert.True(writer.TakeResumed() is { IsSpliced: true });
        Assert.Equal(stream, test.Content());
        IReadOnlyList<RandomAccessPoint> points = test.Ring.AccessPoints(null, test.Ring.Next);
        Assert.Equal(2, points.Count); // at 13 no tables had come yet
        Assert.All(points, point => Assert.Empty(Continuity.Errors(JoinedAt(test, point, stream))));
    }

    [Fact]
    public void Reconnected_BeforeAnyData_HoldsNothingBack()
    {
        byte[] stream = new TsBuilder().Null().Null().Null().Null().Null().Null().ToArray();
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();

        writer.Reconnected();
        Feed(writer, stream, 1000);

        Assert.Equal(stream, test.Content());
    }

    [Fact]
    public void Reconnected_NoAccessPointComes_IsHeldBackForTheWaitAndNoLonger()
    {
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        Feed(writer, Groups(new TsBuilder(), 2), 1000);
        int before = test.Content().Length;
        var builder = new TsBuilder();
        writer.Reconnected();

        Feed(writer, Sound(builder, 20), 1000);
        test.Time.Advance(1.999);
        Feed(writer, Sound(builder, 20), 1000);
        Assert.Equal(before, test.Content().Length);
        test.Time.Advance(0.001);
        byte[] late = Sound(builder, 20);
        Feed(writer, late, 1000);

        byte[] content = test.Content();
        Assert.Equal(late, content[^late.Length..]);
        Assert.True(TsPacket.DiscontinuityIndicator(content.AsSpan(before, TsPacket.Size)));
    }

    [Fact]
    public void Reconnected_AgainAndAgainWithoutAnAccessPoint_DoesNotWaitAfreshEachTime()
    {
        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        Feed(writer, Groups(new TsBuilder(), 2), 1000);
        int before = test.Content().Length;

        for (int connection = 0; connection < 7; connection++) // 7 s, for SPLICE_WAIT 4 s and KEYFRAME_WAIT 2 s
        {
            writer.Reconnected();
            test.Time.Advance(1);
            Feed(writer, Sound(new TsBuilder(), 20), 1000);
        }

        Assert.True(test.Content().Length > before, "a source that breaks off more often than it has access points would never be seen again");
    }

    [Fact]
    public void Reconnected_ProofComesAfterTheCandidateHadToBeLetGo_MarksNoPointThatIsNotThere()
    {
        using var test = new RingUnderTest(RingUnderTest.Small with { Size = 100_000_000 });
        using RingWriter writer = test.NewWriter();
        Feed(writer, Groups(new TsBuilder(), 150), 1000);

        // An access unit that begins, and is decided only after more of the other PIDs than may be held.
        var builder = new TsBuilder().Pat((1, MapPid)).Pmt(MapPid, 1, (0x1B, VideoPid), (0x0F, AudioPid));
        builder.Packet(VideoPid, [0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0, .. H264.Aud()], start: true);
        Sound(builder, HeldPackets.Most + 10);
        builder.Packet(VideoPid, H264.Unit(H264.Sps(), H264.Pps(), H264.Idr(100)));
        Sound(builder, 10);
        writer.Reconnected();
        writer.Write(builder.ToArray());
        test.Time.Advance(2);
        writer.Write(Sound(builder, 10));
        Assert.True(writer.TakeResumed() is { AtRandomAccess: false, Reason: JumpReason.NoClock });

        long packet = PacketAt(test.Ring, test.Ring.FindJoin(TimeSpan.Zero)!.Position);
        Assert.True(TsPacket.RandomAccessIndicator(test.Content().AsSpan((int)packet * TsPacket.Size, TsPacket.Size)));
    }

    [Fact]
    public void Write_SoundOnly_MarksOnePointAChunk()
    {
        var builder = new TsBuilder().Pat((1, MapPid)).Pmt(MapPid, 1, (0x0F, AudioPid));
        for (int unit = 0; unit < 20; unit++)
        {
            builder.Pes(AudioPid, new byte[100]);
        }

        using var test = new RingUnderTest();
        using RingWriter writer = test.NewWriter();
        Feed(writer, builder.ToArray(), 1000);

        RandomAccessPoint point = test.Ring.FindJoin(TimeSpan.FromHours(1))!;
        Assert.Equal(new RingPosition(0, 2 * TsPacket.Size), point.Position);
        Assert.Equal(0, test.Ring.FindJoin(TimeSpan.Zero)!.Position.Offset);
    }

    [Fact]
    public void Dispose_AtTheEnd_GivesEverySlabBack()
    {
        var test = new RingUnderTest();
        RingWriter writer = test.NewWriter();
        Feed(writer, Groups(new TsBuilder(), 10), 1000);

        writer.Dispose();
        test.Dispose();

        Assert.Equal(0, test.Pool.Rented);
    }

    /// <summary>30 pictures, tables with every second one, access points at 0, 13 and 20; and where in the stream each begins.</summary>
    private static (byte[] Stream, IReadOnlyList<int> Begins) Broadcast()
    {
        var random = new Random(1);
        var programme = new Programme(seed: 1);
        List<int> begins = [];
        for (int picture = 0; picture < 30; picture++)
        {
            begins.Add(programme.Count * TsPacket.Size);
            byte[] content = new byte[2000];
            random.NextBytes(content);
            programme.Picture(content, isAccessPoint: picture is 0 or 13 or 20);
        }

        return ([.. programme.Packets.SelectMany(packet => packet)], begins);
    }

    /// <summary>As a follower does with what another worker has written.</summary>
    private static void Copy(RingUnderTest test, RingWriter writer, byte[] stream)
    {
        foreach (byte[] chunk in stream.Chunk(RingUnderTest.ChunkPackets * TsPacket.Size))
        {
            writer.WriteChunk(chunk, test.Time.GetTimestamp());
        }
    }

    /// <summary>What a client would get that begins there, of a ring that holds the whole stream.</summary>
    private static byte[] JoinedAt(RingUnderTest test, RandomAccessPoint point, byte[] stream) =>
        [.. point.Preamble.Bytes[point.Preamble.TablesOffset..], .. stream[((int)PacketAt(test.Ring, point.Position) * TsPacket.Size)..]];

    /// <summary>Feeds as a reader does: what was not taken comes again in front of what is new; then the connection ends.</summary>
    private static void Feed(RingWriter writer, ReadOnlySpan<byte> stream, int piece)
    {
        byte[] rest = [];
        while (stream.Length > 0)
        {
            int size = Math.Min(piece, stream.Length);
            byte[] buffer = [.. rest, .. stream[..size]];
            stream = stream[size..];
            rest = buffer[writer.Write(buffer)..];
        }

        writer.EndOfConnection(rest);
    }

    /// <summary>Appends groups of pictures, one a second and each behind its tables, and returns all that the builder has.</summary>
    private static byte[] Groups(TsBuilder builder, int count, int first = 0)
    {
        for (int group = first; group < first + count; group++)
        {
            builder.Pat((1, MapPid)).Pmt(MapPid, 1, (0x1B, VideoPid), (0x0F, AudioPid));
            builder.Packet(AudioPid, new byte[TsBuilder.MaxPayload]);
            builder.Pes(VideoPid, H264.Unit(H264.Aud(), H264.Sps(), H264.Pps(), H264.Idr(500)), randomAccess: true, pcr: group * 27_000_000L);
            for (int picture = 0; picture < 3; picture++)
            {
                builder.Pes(AudioPid, new byte[200]);
                builder.Pes(VideoPid, H264.Unit(H264.Aud(), H264.Slice(H264.SliceP)));
            }
        }

        return builder.ToArray();
    }

    private static byte[] Sound(TsBuilder builder, int packets)
    {
        int before = builder.Count;
        for (int packet = 0; packet < packets; packet++)
        {
            builder.Packet(AudioPid, new byte[TsBuilder.MaxPayload]);
        }

        return builder.ToArray()[(before * TsPacket.Size)..];
    }

    private static bool IsMarker(byte[] packet) => TsPacket.DiscontinuityIndicator(packet) && !TsPacket.HasPayload(packet);

    private static long PacketAt(ChunkRing ring, RingPosition position)
    {
        Assert.Equal(ChunkRead.Acquired, ring.TryAcquire(position.Sequence, out Chunk? chunk));
        chunk!.Release();
        return chunk.FirstPacket + (position.Offset / TsPacket.Size);
    }

    private static long SequenceOf(ChunkRing ring, long packet) => ring.Locate(packet)!.Value.Sequence;
}
