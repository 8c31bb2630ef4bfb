using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

/// <summary>Which packets begin random access points, whatever the codec.</summary>
public sealed class RandomAccessTests
{
    private const byte Aac = 0x0F;
    private const byte Avc = 0x1B;
    private const byte Mpeg2 = 0x02;
    private const byte Vvc = 0x33;
    private const int Video = 0x100;
    private const int Audio = 0x101;

    [Fact]
    public void Inspect_Flag_IsAPointAtOnce()
    {
        var stream = Tables(Avc).Pes(Video, H264.Slice(H264.SliceP, 1000), randomAccess: true);

        Assert.Equal([(2L, 2L)], Proofs(stream));
    }

    [Fact]
    public void Inspect_FlagWithoutPesStartOrOnAudio_IsNone()
    {
        var stream = Tables(Avc)
            .Pes(Audio, new byte[20], randomAccess: true)
            .Packet(Video, new byte[20], adaptation: [0x40]);

        Assert.Empty(Proofs(stream));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Inspect_Scrambled_OnlyTheFlagCounts(bool flag)
    {
        byte[] clear = [0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0, .. H264.Idr(20)];
        var stream = Tables(Avc).Packet(Video, clear, start: true, adaptation: flag ? [0x40] : [0], scrambled: true);

        Assert.Equal(flag ? [(2L, 2L)] : [], Proofs(stream));
    }

    [Fact]
    public void Inspect_ScrambledPes_OnlyTheFlagCounts()
    {
        byte[] scrambled = [0, 0, 1, 0xE0, 0, 0, 0x90, 0, 0, .. H264.Idr(20)];

        Assert.Empty(Proofs(Tables(Avc).Unit(Video, scrambled)));
    }

    [Fact]
    public void Inspect_CodecNotLookedInto_OnlyTheFlagCounts()
    {
        var stream = Tables(Vvc).Pes(Video, H264.Idr()).Pes(Video, H264.Idr(), randomAccess: true);

        Assert.Equal([(4L, 4L)], Proofs(stream));
    }

    [Fact]
    public void Inspect_AudioOnly_EveryPesIsAPoint()
    {
        var stream = new TsBuilder().Pat((1, 0x1000)).Pmt(0x1000, 1, (Aac, Audio), (Aac, 0x102))
            .Pes(Audio, new byte[500]).Pes(0x102, new byte[20]).Pes(0x200, new byte[20]).Pes(Audio, new byte[20]);

        Assert.Equal([(2L, 2L), (5L, 5L), (7L, 7L)], Proofs(stream));
    }

    [Theory]
    [InlineData(0xB3, true)]
    [InlineData(0x00, false)]
    public void Inspect_Mpeg2_SequenceHeaderBeforeThePictureIsAPoint(byte startCode, bool expected)
    {
        byte[] sequenceThenPicture = [0, 0, 1, 0xAF, 9, 9, 0, 0, 1, startCode, 1, 2, 3, 0, 0, 1, 0x00, 0, 0x0F];
        var stream = Tables(Mpeg2).Pes(Video, sequenceThenPicture).Pes(Video, [0, 0, 1, 0, 0, 0, 0, 1, 0xB3]);

        Assert.Equal(expected ? [(2L, 2L)] : [], Proofs(stream));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(50)]
    public void Inspect_ProofPacketsLater_NamesTheFirstPacket(int payloadSize)
    {
        var stream = Tables(Avc).Pes(Audio, new byte[10]);
        var start = stream.Count;
        stream.Pes(Video, H264.Unit(H264.Aud(), H264.Sps(), H264.Pps(), H264.Idr(10)), payloadSize: payloadSize);
        var (point, provedAt, _) = Assert.Single(Inspection.Of(stream).Found);

        Assert.Equal(start, point);
        Assert.Equal(start + ((9 + 6 + 10 + 8 + 5 - 1) / payloadSize), provedAt);
    }

    [Theory]
    [InlineData(1, 255)]
    [InlineData(184, 255)]
    [InlineData(100, 170)]
    public void Inspect_PesHeaderOverPackets_IsSkipped(int payloadSize, int stuffing)
    {
        // Stuffing that holds an IDR slice would be found if the header were not skipped; and the real one after it must be.
        var inspection = Inspection.Of(Tables(Avc).Pes(Video, H264.Idr(20), payloadSize: Math.Max(payloadSize, 8), headerStuffing: stuffing));

        Assert.Equal([2L], inspection.Points);
    }

    [Fact]
    public void Inspect_IdrInThePesHeader_IsNotFound()
    {
        byte[] fake = [0, 0, 1, 0xE0, 0, 0, 0x80, 0, 8, .. H264.Idr(3), .. H264.Slice(H264.SliceP)];

        Assert.Empty(Proofs(Tables(Avc).Unit(Video, fake)));
    }

    [Fact]
    public void Candidate_UntilDecided_IsTheStart()
    {
        var inspection = Inspection.Of(Tables(Avc).Pes(Video, H264.Unit(H264.Aud(), H264.Sei(H264.UserData(300)))));
        Assert.Equal(2, inspection.Inspector.Candidate);

        inspection.Inspector.Reset();
        Assert.Equal(-1, inspection.Inspector.Candidate);
        Assert.Equal(-1, Inspection.Of(Tables(Avc).Pes(Video, H264.Idr())).Inspector.Candidate);
        Assert.Equal(-1, Inspection.Of(Tables(Avc).Pes(Video, H264.Slice(H264.SliceP))).Inspector.Candidate);
    }

    [Theory]
    [InlineData(RandomAccessSearch.MaxPackets - 2, true)]
    [InlineData(RandomAccessSearch.MaxPackets + 2, false)]
    public void Inspect_ProofBeyondTheLimit_IsGivenUp(int packetsBefore, bool expected)
    {
        var message = H264.Sei(H264.UserData((packetsBefore * 184) - 30));
        var inspection = Inspection.Of(Tables(Avc).Pes(Video, H264.Unit(message, H264.Idr(4000))));

        Assert.Equal(expected ? [2L] : [], inspection.Points);
        Assert.Equal(-1, inspection.Inspector.Candidate);
    }

    [Fact]
    public void Inspect_PacketLostWithinTheAccessUnit_IsNoPoint()
    {
        byte[] pes = [0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0, .. H264.Aud(), .. H264.Sei(H264.UserData(300)), .. H264.Idr(20)];
        var stream = Tables(Avc)
            .Packet(Video, pes.AsSpan(0, 150), start: true)
            .Packet(Video, pes.AsSpan(150, 100)).Lose()
            .Packet(Video, pes.AsSpan(250, 70))
            .Packet(Video, pes.AsSpan(320));

        Assert.Empty(Proofs(stream));
    }

    [Fact]
    public void Inspect_PacketsSentTwice_StillProve()
    {
        byte[] pes = [0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0, .. H264.Sps(), 0, 0, 1, 0x65, .. H264.Idr(9)[4..]];
        var stream = Tables(Avc)
            .Packet(Video, pes.AsSpan(0, 20), start: true)
            .Packet(Video, pes.AsSpan(20, 2)).Duplicate()
            .Packet(Video, pes.AsSpan(22));

        Assert.Equal([2L], Inspection.Of(stream).Points);
    }

    [Fact]
    public void Inspect_AccessUnitOverTwoPes_StartsAtTheFirst()
    {
        var stream = Tables(Avc).Pes(Video, H264.Unit(H264.Aud(), H264.Sps(), H264.Pps())).Pes(Video, H264.Idr());

        Assert.Equal([(2L, 3L)], Proofs(stream));
    }

    [Fact]
    public void Inspect_PacketLostBetweenParameterSetsAndPicture_StartsAtThePicture()
    {
        var stream = Tables(Avc).Pes(Video, H264.Unit(H264.Aud(), H264.Sps())).Pes(Video, new byte[20]).Lose().Pes(Video, H264.Idr());

        Assert.Equal([(3L, 3L)], Proofs(stream));
    }

    [Fact]
    public void Inspect_SecondAccessUnitOfAPes_DecidesNothing()
    {
        var stream = Tables(Avc)
            .Pes(Video, H264.Unit(H264.Slice(H264.SliceP, 20), H264.Aud(), H264.Idr(20)))
            .Pes(Video, H264.Unit(H264.Idr(20), H264.Aud(), H264.Slice(H264.SliceP, 20)));

        Assert.Equal([(3L, 3L)], Proofs(stream));
    }

    [Fact]
    public void Inspect_TransportErrorOrNullPackets_AreIgnored()
    {
        var stream = Tables(Avc).Null().Pes(Video, H264.Idr(20)).ToArray();
        stream[(3 * TsPacket.Size) + 1] |= 0x80;

        Assert.Empty(Inspection.Of(stream).Found);
    }

    [Fact]
    public void LastPcr_IsTheProgramsClockOnly()
    {
        var stream = Tables(Avc).Pes(Audio, new byte[10], pcr: 5);
        Assert.Equal(-1, Inspection.Of(stream).Inspector.LastPcr);

        var inspection = Inspection.Of(stream.Pes(Video, H264.Idr(), pcr: 123_456_789));
        Assert.Equal(123_456_789, inspection.Inspector.LastPcr);

        inspection.Add(new TsBuilder().Section(0x1000, Sections.Pmt(1, Audio, 1, true, 0, (Avc, Video), (Aac, Audio))).ToArray());
        Assert.Equal(-1, inspection.Inspector.LastPcr);

        inspection.Add(new TsBuilder().Pes(Audio, new byte[10], pcr: 77).ToArray());
        Assert.Equal(77, inspection.Inspector.LastPcr);
        inspection.Inspector.Reset();
        Assert.Equal(-1, inspection.Inspector.LastPcr);
    }

    [Fact]
    public void Reset_KeepsTheTables_ForgetsTheAccessUnit()
    {
        var inspection = Inspection.Of(Tables(Avc).Pes(Video, H264.Unit(H264.Aud(), H264.Sps())));
        inspection.Inspector.Reset();

        Assert.True(inspection.Inspector.HasVideo);
        inspection.Add(new TsBuilder().Packet(Video, H264.Idr(20)).Pes(Video, H264.Idr()).ToArray());
        Assert.Equal([4L], inspection.Points);
    }

    private static TsBuilder Tables(byte videoType) =>
        new TsBuilder().Pat((1, 0x1000)).Pmt(0x1000, 1, (videoType, Video), (Aac, Audio));

    private static (long Point, long ProvedAt)[] Proofs(TsBuilder stream) =>
        [.. Inspection.Of(stream).Found.Select(found => (found.Point, found.ProvedAt))];
}
