using AceProxy.MpegTs;
using AceProxy.Splicing;
using AceProxy.Tests.MpegTs;

namespace AceProxy.Tests.Splicing;

/// <summary>Where a stream goes on, by hand-made packets: one test for every way in which a place could be mistaken for another.</summary>
public sealed class ResumptionTests
{
    [Theory]
    [InlineData(4000)]
    [InlineData(1000)]
    [InlineData(65)]
    [InlineData(64)]
    [InlineData(63)]
    [InlineData(20)]
    public void Connect_Overlap_GoesOnWithThePacketThatFollows(int overlap)
    {
        byte[][] packets = new Programme(1).Play(400).Packets;
        const int Cut = 5000;
        using var scene = new SpliceScene(packets[..Cut]);

        scene.Connect(packets[(Cut - overlap)..]);

        scene.AssertSpliced(packets[Cut..]);
        Assert.Equal(overlap, scene.Resumed!.Left);
    }

    [Fact]
    public void Connect_EveryOverlapOfAFewPackets_GoesOnExactlyOrJumps()
    {
        byte[][] packets = new Programme(2).Play(100).Packets;
        int spliced = 0;
        for (int cut = 600; cut < 700; cut++)
        {
            for (int overlap = 1; overlap < 12; overlap++)
            {
                using var scene = new SpliceScene(packets[..cut]);
                scene.Connect(packets[(cut - overlap)..]);

                // What has no time and fewer than four packets that tell anything is not believed.
                byte[][] common = packets[(cut - overlap)..cut];
                bool tells = common.Any(packet => ClockSource.IsTimed(packet))
                    || common.Count(packet => TsPacket.Pid(packet) is Programme.VideoPid or Programme.AudioPid) >= 4;
                Assert.True(scene.Resumed!.IsSpliced || !tells, $"cut {cut}, overlap {overlap}: {scene.Resumed}");
                if (scene.Resumed.IsSpliced)
                {
                    spliced++;
                    scene.AssertSpliced(packets[cut..]);
                }
            }
        }

        Assert.InRange(spliced, 600, 1100);
    }

    [Fact]
    public void Connect_Gap_GoesOnAtTheFirstRandomAccessPointWithoutWaiting()
    {
        byte[][] packets = new Programme(3).Play(400).Packets;
        using var scene = new SpliceScene(packets[..2000]);

        scene.Connect(packets[4000..], speed: 1);

        scene.AssertJumped(JumpReason.Gap, packets[NextAccessPoint(packets, 4000)..]);
        Assert.InRange(scene.Resumed!.Distance!.Value.TotalSeconds, 1, 6);
        Assert.InRange(scene.Took, 0, 0.5);
    }

    [Fact]
    public void Connect_GapThatBeginsAtARandomAccessPoint_LeavesNothingOut()
    {
        byte[][] packets = new Programme(4).Play(400).Packets;
        int access = NextAccessPoint(packets, 4000);
        using var scene = new SpliceScene(packets[..2000]);

        scene.Connect(packets[access..]);

        scene.AssertJumped(JumpReason.Gap, packets[access..]);
        Assert.Equal(0, scene.Resumed!.Left);
    }

    [Fact]
    public void Connect_ExactlyBehindAtAConstantRate_IsSpliced()
    {
        byte[][] packets = new Programme(5).PlayAtConstantRate(100).Packets;
        for (int cut = 990; cut < 1030; cut++)
        {
            using var scene = new SpliceScene(packets[..cut]);
            scene.Connect(packets[cut..]);
            scene.AssertSpliced(packets[cut..]);
            Assert.Equal(0, scene.Resumed!.Left);
        }
    }

    /// <summary>Sixteen packets of one PID are missing: every counter seems to count on.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Connect_HoleThatTheCountersDoNotSee_IsNotSpliced(bool constantRate)
    {
        var programme = new Programme(6);
        programme = constantRate ? programme.PlayAtConstantRate(100, packets: 60) : programme.Play(100, least: 40, most: 60);
        byte[][] packets = programme.Packets;
        int cut = Enumerable.Range(1000, 2000).First(at => packets[at..(at + 16)].All(packet => TsPacket.Pid(packet) == Programme.VideoPid));
        using var scene = new SpliceScene(packets[..cut]);

        scene.Connect(packets[(cut + 16)..]);

        scene.AssertJumped(JumpReason.Gap, packets[NextAccessPoint(packets, cut + 16)..]);
    }

    [Fact]
    public void Connect_ExactlyBehindAtAVariableRate_IsNotTakenForGranted()
    {
        byte[][] packets = new Programme(7).Play(100).Packets;
        for (int cut = 1000; cut < 1050; cut++)
        {
            using var scene = new SpliceScene(packets[..cut]);
            scene.Connect(packets[cut..]);
            scene.AssertJumped(JumpReason.Gap, packets[NextAccessPoint(packets, cut)..]);
        }
    }

    /// <summary>Null packets, filler and tables behind the last picture: the place is told by what is before them.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Connect_TailEndsInPacketsThatRepeat_IsSplicedAtTheRightOne(int kind)
    {
        var programme = new Programme(8).Play(50);
        int begin = programme.Count;
        for (int i = 0; i < 300; i++)
        {
            _ = kind switch
            {
                0 => programme.Builder.Null(),
                1 => programme.Builder.Packet(Programme.VideoPid, [.. Enumerable.Repeat((byte)0xFF, 184)]),
                _ => programme.Builder.Pat((1, Programme.MapPid)),
            };
        }

        byte[][] packets = programme.Play(50).Packets;
        foreach (int cut in (int[])[begin + 1, begin + 16, begin + 17, begin + 150, begin + 299])
        {
            using var scene = new SpliceScene(packets[..cut]);
            scene.Connect(packets[(begin - 300)..]);
            scene.AssertSpliced(packets[cut..]);

            // And when the new connection begins among them, nothing tells: no splice at the wrong one.
            using var among = new SpliceScene(packets[..cut]);
            among.Connect(packets[begin..]);
            among.AssertExactIfSpliced(packets[cut..], $"kind {kind}, cut {cut - begin}");
        }
    }

    /// <summary>A still: every fourth picture is the same, byte by byte and counter by counter, but for its times.</summary>
    [Fact]
    public void Connect_StillPicture_IsNotSplicedIntoAnotherOfItsCopies()
    {
        var programme = new Programme(9) { GroupPictures = 4 };
        byte[] still = programme.Noise(184 * 40);
        List<int> begins = [];
        for (int group = 0; group < 40; group++)
        {
            begins.Add(programme.Count);
            programme.Picture(still);
            for (int picture = 0; picture < 3; picture++)
            {
                programme.Picture([1, 2, 3], isAccessPoint: false);
            }

            while (VideoPackets(programme.Packets) % 16 != 0)
            {
                programme.Builder.Packet(Programme.VideoPid, [5, 5, 6]);
            }
        }

        byte[][] packets = programme.Packets;
        int cut = begins[20] + 30;
        Assert.Equal(packets[cut - 1], packets[begins[10] + 29]); // the copies are copies
        foreach (int overlap in (int[])[1, 4, 9, 20, 300, 600])
        {
            foreach (int tailFrom in (int[])[0, begins[20], cut - 10])
            {
                using var scene = new SpliceScene(packets[tailFrom..cut]);
                scene.Connect(packets[(cut - overlap)..]);
                scene.AssertExactIfSpliced(packets[cut..], $"{overlap}, {tailFrom}");
            }
        }

        // The new connection begins in the midst of a copy, before and behind the tail: all that it has in common with the tail is the still.
        foreach (int group in (int[])[5, 15, 19, 21, 25])
        {
            foreach (int tailFrom in (int[])[0, begins[20], cut - 12])
            {
                using var scene = new SpliceScene(packets[tailFrom..cut]);
                scene.Connect(packets[(begins[group] + 20)..]);
                scene.AssertExactIfSpliced(packets[cut..], $"{group}, {tailFrom}: {scene.Resumed}");
            }
        }
    }

    /// <summary>A clip that is played again and again, its times going on: what repeats is the contents.</summary>
    [Fact]
    public void Connect_ClipPlayedAgain_IsSplicedInTheRightRound()
    {
        byte[][] packets = Rounds(10, timesGoOn: true);
        int cut = (packets.Length / 2) + 17;
        for (int round = 1; round < 5; round++)
        {
            using var scene = new SpliceScene(packets[..cut]);
            scene.Connect(packets[(cut - (round * packets.Length / 10) - 33)..]);
            scene.AssertSpliced(packets[cut..]);
        }
    }

    /// <summary>The same with its times and counters: nothing tells one round from another, so the bytes that follow are the same, too, or it jumps.</summary>
    [Fact]
    public void Connect_ClipPlayedAgainWithTheSameTimes_GoesOnWithTheSameBytesOrJumps()
    {
        byte[][] packets = Rounds(10, timesGoOn: false);
        int clip = packets.Length / 10;
        foreach (int cut in (int[])[(5 * clip) + 17, clip + (clip / 2), clip - 20])
        {
            foreach (int start in (int[])[0, clip / 3, cut - 100, cut - (clip / 2), cut + 5])
            {
                using var scene = new SpliceScene(packets[..cut]);
                scene.Connect(packets[Math.Max(0, start)..]);
                if (scene.Resumed is { IsSpliced: true })
                {
                    byte[][] after = scene.After;
                    byte[][] expected = packets[cut..Math.Min(packets.Length, cut + after.Length)];
                    Runs.AssertSame(expected, after[..expected.Length]);
                }
            }
        }
    }

    /// <summary>The tail ends in a spot that was on before, times and all, with something else behind it that time: it is not taken for that one.</summary>
    [Fact]
    public void Connect_SpotShownTwiceWithTheSameTimes_IsNotSplicedBehindTheFirst()
    {
        byte[][] spot = new Programme(34).Play(30).Packets;
        byte[][] between = new Programme(35, 1003).Play(30).Packets;
        byte[][] behind = new Programme(36, 1006).Play(100).Packets;
        byte[][] packets = [.. spot, .. between, .. spot, .. behind];
        foreach (int shown in (int[])[100, 200, spot.Length])
        {
            int cut = spot.Length + between.Length + shown;
            using var scene = new SpliceScene(packets[..cut]);
            scene.Connect(packets);
            scene.AssertExactIfSpliced(packets[cut..], $"{shown} packets of the second");
        }
    }

    [Fact]
    public void Connect_LastPacketDamaged_SkipsToTheFirstNewPicture()
    {
        byte[][] packets = new Programme(11).Play(300).Packets;
        const int Cut = 2500;
        byte[][] before = [.. packets[..Cut].Select(packet => packet.ToArray())];
        before[^1][1] |= 0x80; // transport_error_indicator
        before[^1][100] ^= 0x55;
        using var scene = new SpliceScene(before);

        scene.Connect(packets[1000..]);

        scene.AssertJumped(JumpReason.Different, packets[NextAccessPoint(packets, Cut)..]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(30)]
    [InlineData(2000)]
    public void Connect_PacketsMissingBeforeTheBreak_IsSplicedOnlyIfWhatCameSinceProvesIt(int since)
    {
        byte[][] packets = new Programme(12).Play(300).Packets;
        const int Cut = 4000;
        using var scene = new SpliceScene([.. packets[..(Cut - since - 5)], .. packets[(Cut - since)..Cut]]);

        scene.Connect(packets[1000..]);

        if (since == 2000)
        {
            scene.AssertSpliced(packets[Cut..]);
        }
        else
        {
            scene.AssertJumped(JumpReason.Different, packets[NextAccessPoint(packets, Cut)..]);
        }
    }

    /// <summary>Other packets for the same pictures, as another multiplexer would make: nobody sees a picture twice.</summary>
    [Fact]
    public void Connect_SameTimesOtherPackets_SkipsToTheFirstNewPicture()
    {
        byte[][] before = new Programme(13).Play(100).Packets;
        byte[][] other = new Programme(14).Play(300).Packets;
        using var scene = new SpliceScene(before);

        scene.Connect(other[500..]);

        scene.AssertJumped(JumpReason.Different, other[PictureAt(other, 100)..]); // the 101st picture begins a group
        Assert.InRange(scene.Resumed!.Distance!.Value.TotalSeconds, 0.03, 0.05);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(-0.1)]
    [InlineData(1.5)]
    public void Connect_ClockBeginsAgainAround_IsAsAnywhereElse(double wrapAfterCut)
    {
        const double WrapSeconds = (1L << 33) / 90_000.0;
        const int CutPicture = 200;
        byte[][] packets = new Programme(15, WrapSeconds - (CutPicture * Programme.PictureSeconds) - wrapAfterCut).Play(400).Packets;
        int cut = PictureAt(packets, CutPicture) + 3;
        using var overlapping = new SpliceScene(packets[..cut]);
        overlapping.Connect(packets[PictureAt(packets, 120)..]);
        overlapping.AssertSpliced(packets[cut..]);

        using var gap = new SpliceScene(packets[..cut]);
        int start = PictureAt(packets, 275) + 1;
        gap.Connect(packets[start..]);
        gap.AssertJumped(JumpReason.Gap, packets[NextAccessPoint(packets, start)..]);
    }

    /// <summary>An encoder that begins again: nothing is to be waited for.</summary>
    [Theory]
    [InlineData(-900, 0.1)]
    [InlineData(900, 0.1)]
    [InlineData(-60, 1.5)] // could be an overlap that comes in a burst: seen by its pace
    public void Connect_AnotherClock_GoesOnSoon(double shift, double most)
    {
        byte[][] before = new Programme(16, 5000).Play(100).Packets;
        byte[][] after = new Programme(17, 5000 + shift).Play(200).Packets;
        using var scene = new SpliceScene(before);

        scene.Connect(after, speed: 1);

        Assert.Equal(shift == -60 ? JumpReason.TooFarBehind : JumpReason.OtherClock, scene.Resumed!.Reason);
        Assert.True(scene.Resumed.AtRandomAccess);
        Assert.InRange(scene.Took, 0, most);
    }

    /// <summary>The clock has gone back a few seconds for good: that looks like an overlap, and is waited for no longer than one.</summary>
    [Fact]
    public void Connect_ClockJumpedBackForGood_IsBounded()
    {
        byte[][] before = new Programme(18, 5000).Play(100).Packets;
        byte[][] after = new Programme(19, 4998).Play(400).Packets;
        using var scene = new SpliceScene(before);

        scene.Connect(after, speed: 1);

        Assert.Equal(JumpReason.Different, scene.Resumed!.Reason);
        Assert.InRange(scene.Took, 5.9, 6.5);
    }

    [Theory]
    [InlineData(10, 1, true)]
    [InlineData(11.8, 1, true)]
    [InlineData(30, 1, false)]
    [InlineData(30, 8, true)]
    public void Connect_OverlapAtSomePace_IsWaitedForWhereItWillCome(double seconds, double speed, bool isSpliced)
    {
        byte[][] packets = new Programme(20).Play(1200, least: 2, most: 5).Packets;
        int cut = PictureAt(packets, 1000) + 1, start = PictureAt(packets, 1000 - (int)(seconds / Programme.PictureSeconds)) + 1;
        using var scene = new SpliceScene(packets[..cut]);

        scene.Connect(packets[start..], speed);

        if (isSpliced)
        {
            scene.AssertSpliced(packets[cut..]);
            Assert.InRange(scene.Took, (seconds / speed) - 0.1, (seconds / speed) + 0.1);
            Assert.InRange(scene.Resumed!.Overlap!.Value.TotalSeconds, seconds - 0.1, seconds + 0.1);
        }
        else
        {
            Assert.Equal(JumpReason.TooFarBehind, scene.Resumed!.Reason);
            Assert.InRange(scene.Resumed.Distance!.Value.TotalSeconds, -30, -27);
            Assert.InRange(scene.Took, 0.9, 1.5);
        }
    }

    [Fact]
    public void Connect_EndsBeforeItIsDecided_TheNextOneIsSearchedOn()
    {
        byte[][] packets = new Programme(21).Play(400).Packets;
        const int Cut = 4000;
        using var scene = new SpliceScene(packets[..Cut]);

        scene.Connect(packets[1000..2000]);
        scene.Connect(packets[1500..3999]);
        scene.Connect([]);
        Assert.Null(scene.Resumed);
        Assert.Empty(scene.After);
        scene.Connect(packets[3000..]);

        scene.AssertSpliced(packets[Cut..]);
    }

    [Fact]
    public void Connect_GapThatEndsBeforeARandomAccessPoint_MayStillBeSpliced()
    {
        byte[][] packets = new Programme(22) { GroupPictures = 100 }.Play(400).Packets;
        int cut = PictureAt(packets, 150);
        using var scene = new SpliceScene(packets[..cut]);

        scene.Connect(packets[PictureAt(packets, 160)..PictureAt(packets, 170)]);
        Assert.Null(scene.Resumed);
        scene.Connect(packets[PictureAt(packets, 120)..]);

        scene.AssertSpliced(packets[cut..]);
    }

    /// <summary>Every connection is behind and ends: the time is that of all of them together.</summary>
    [Fact]
    public void Connect_AgainAndAgainBehind_IsBounded()
    {
        byte[][] packets = new Programme(23).Play(1000, least: 2, most: 5).Packets;
        int cut = PictureAt(packets, 900) + 1;
        using var scene = new SpliceScene(packets[..cut]);

        int connections = 0;
        for (; scene.Resumed is null && connections < 100; connections++)
        {
            int start = PictureAt(packets, 700);
            scene.Connect(packets[start..PictureAt(packets, 720)], speed: 1); // too short to see the pace
            scene.Advance(1);
        }

        Assert.Equal(JumpReason.TooFarBehind, scene.Resumed!.Reason);
        Assert.InRange(scene.Took, 11.9, 14.1);
    }

    [Fact]
    public void Connect_LossInTheNewConnection_IsSearchedOnBehindIt()
    {
        byte[][] packets = new Programme(24).Play(400).Packets;
        const int Cut = 4000;
        using var scene = new SpliceScene(packets[..Cut]);

        scene.Connect([.. packets[1000..2000], .. packets[2010..]]);

        scene.AssertSpliced(packets[Cut..]);
    }

    /// <summary>Cut again soon after a jump: our markers and tables are in the tail, and not in what comes.</summary>
    [Fact]
    public void Connect_TailWithASeamInIt_IsSplicedWithWhatCameBehindIt()
    {
        byte[][] packets = new Programme(25).Play(400).Packets;
        int access = NextAccessPoint(packets, 3000);
        foreach (int since in (int[])[1, 2, 5, 30, 70, 200])
        {
            using var scene = new SpliceScene(packets[..2000]);
            scene.Connect(packets[2900..(access + since + 300)]);
            Assert.Equal(JumpReason.Gap, scene.Resumed!.Reason);

            scene.StartAfresh().Connect(packets[2500..]);

            Assert.True(scene.Resumed!.IsSpliced);
            Runs.AssertSame(packets[(access + since + 300)..], scene.After.WithoutMarkers()); // a PID may come for the first time
        }
    }

    [Fact]
    public void Connect_AfterASplice_IsSplicedAgain()
    {
        byte[][] packets = new Programme(26).Play(400).Packets;
        using var scene = new SpliceScene(packets[..2000]);
        for (int cut = 2000; cut < 2100; cut += 7)
        {
            scene.StartAfresh().Connect(packets[(cut - 500)..(cut + 7)]);
            scene.AssertSpliced(packets[cut..(cut + 7)]);
        }
    }

    [Fact]
    public void Connect_LastConnectionEndedInGarbage_IsSplicedToWhatWasBeforeIt()
    {
        byte[][] packets = new Programme(27).Play(300).Packets;
        using var scene = new SpliceScene(packets[..2000]);
        scene.Connect(packets[1000..2500]).EndInGarbage();

        scene.StartAfresh().Connect(packets[1500..]);

        scene.AssertSpliced(packets[2500..]);
    }

    [Fact]
    public void Connect_OneConnectionWithALossThatNothingFollowed_AnnouncesNothing()
    {
        byte[][] packets = new Programme(28).Play(300).Packets;
        using var scene = new SpliceScene(packets[..2000]);
        scene.Connect(packets[1900..2500]).EndInGarbage();

        scene.StartAfresh().Connect(packets[2000..]);

        Assert.DoesNotContain(scene.After, packet => DiscontinuityMarker.Is(packet));
    }

    [Fact]
    public void Connect_NoTimesAtAll_GoesOnAtTheFirstRandomAccessPoint()
    {
        byte[][] before = Timeless(29, 300), after = Timeless(30, 300);
        using var scene = new SpliceScene(before);

        scene.Connect(after[10..]);

        Assert.Equal((JumpReason.NoClock, true), (scene.Resumed!.Reason, scene.Resumed.AtRandomAccess));
        Assert.Null(scene.Resumed.Distance);
    }

    [Fact]
    public void Connect_NoRandomAccessPointInTime_GoesOnAnywhereBehindTables()
    {
        var programme = new Programme(31) { GroupPictures = 1000 };
        byte[][] packets = programme.Play(400).Packets;
        using var scene = new SpliceScene(packets[..2000]);

        scene.Connect(packets[4000..], speed: 1);

        Assert.Equal((JumpReason.Gap, false), (scene.Resumed!.Reason, scene.Resumed.AtRandomAccess));
        Assert.InRange(scene.Took, 1.9, 2.3);
        byte[][] after = scene.After;
        Assert.Equal([0, 0, Programme.MapPid, Programme.MapPid], after[..4].Select(packet => TsPacket.Pid(packet)));
        Runs.AssertSame(packets[(4000 + (int)scene.Resumed.Left)..], after[4..].WithoutMarkers());
    }

    /// <summary>The worst that a source can do to the search: one packet for ever.</summary>
    [Fact]
    public void Connect_OnePacketForEver_CostsNoMoreThanItMay()
    {
        byte[] packet = new TsBuilder().Packet(Programme.VideoPid, new Programme(32).Noise(184)).ToArray();
        using var scene = new SpliceScene(Enumerable.Repeat(packet, 20_000));
        long started = TimeProvider.System.GetTimestamp();

        scene.Connect(Enumerable.Repeat(packet, 50_000));

        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 10); // 50,000 x 4,096 comparisons would take longer
        Assert.Null(scene.Resumed);
    }

    private static byte[][] Rounds(int rounds, bool timesGoOn)
    {
        // A clip whose every PID has a multiple of 16 packets, so that counters agree in every round.
        var clip = new Programme(33) { GroupPictures = 5 };
        clip.Play(25);
        foreach ((int pid, int packets) in clip.Packets.GroupBy(packet => TsPacket.Pid(packet)).Select(pid => (pid.Key, pid.Count())).ToArray())
        {
            for (int more = packets; more % 16 != 0; more++)
            {
                clip.Builder.Packet(pid, [7, 7, (byte)more]);
            }
        }

        byte[][] round = clip.Packets;
        return [.. Enumerable.Range(0, rounds).SelectMany(number => round.Select(packet =>
            timesGoOn ? Later(packet, number * 25L * 3600) : packet))];
    }

    /// <summary>The packet with its times moved on, in ticks of 90 kHz.</summary>
    private static byte[] Later(byte[] packet, long ticks)
    {
        byte[] later = [.. packet];
        if (TsPacket.TryGetPcr(packet, out long clock))
        {
            long moved = (clock / 300) + ticks;
            (later[6], later[7], later[8], later[9]) = ((byte)(moved >> 25), (byte)(moved >> 17), (byte)(moved >> 9), (byte)(moved >> 1));
            later[10] = (byte)((later[10] & 0x7F) | (int)((moved & 1) << 7));
        }

        if (PesTimestamps.TryRead(packet, out long presentation, out _))
        {
            int at = TsPacket.Size - TsPacket.Payload(packet).Length + 9;
            long moved = presentation + ticks;
            (later[at], later[at + 1], later[at + 2]) = ((byte)(0x21 | ((moved >> 29) & 0x0E)), (byte)(moved >> 22), (byte)((moved >> 14) | 1));
            (later[at + 3], later[at + 4]) = ((byte)(moved >> 7), (byte)((moved << 1) | 1));
        }

        return later;
    }

    private static byte[][] Timeless(int seed, int packets)
    {
        var noise = new Programme(seed);
        var builder = new TsBuilder();
        for (int packet = 0; packet < packets; packet++)
        {
            if (packet % 50 == 0)
            {
                builder.Pat((1, Programme.MapPid)).Pmt(Programme.MapPid, 1, (0x1B, Programme.VideoPid));
                builder.Pes(Programme.VideoPid, noise.Noise(500), randomAccess: true);
            }

            builder.Packet(Programme.VideoPid, noise.Noise(184));
        }

        return [.. builder.ToArray().Chunk(TsPacket.Size)];
    }

    private static int VideoPackets(byte[][] packets) => packets.Count(packet => TsPacket.Pid(packet) == Programme.VideoPid);

    private static int NextAccessPoint(byte[][] packets, int from) =>
        Array.FindIndex(packets, from, packet => TsPacket.RandomAccessIndicator(packet));

    private static int PictureAt(byte[][] packets, int picture) =>
        Enumerable.Range(0, packets.Length).Where(at => TsPacket.TryGetPcr(packets[at], out _)).ElementAt(picture);
}
