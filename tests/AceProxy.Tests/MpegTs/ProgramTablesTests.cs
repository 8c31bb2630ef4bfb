using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

/// <summary>Association and maps, seen through what the inspector makes of them.</summary>
public sealed class ProgramTablesTests
{
    private const byte Aac = 0x0F;
    private const byte Avc = 0x1B;
    private const int Video = 0x100;
    private const int Audio = 0x101;
    private const int MapPid = 0x1000;

    [Fact]
    public void Tables_AssociationAndMap_MakeAProgram()
    {
        var inspection = Inspection.Of(new TsBuilder().Pat((1, MapPid)));
        Assert.False(inspection.Inspector.HasProgram);

        inspection = Inspection.Of(new TsBuilder().Pat((1, MapPid)).Pmt(MapPid, 1, (Avc, Video), (Aac, Audio)));
        Assert.True(inspection.Inspector.HasProgram);
        Assert.True(inspection.Inspector.HasVideo);
    }

    [Fact]
    public void Tables_MapBeforeAssociation_WaitsForTheNextMap()
    {
        var stream = new TsBuilder().Pmt(MapPid, 1, (Avc, Video)).Pat((1, MapPid));
        Assert.False(Inspection.Of(stream).Inspector.HasProgram);

        Assert.True(Inspection.Of(stream.Pmt(MapPid, 1, (Avc, Video))).Inspector.HasProgram);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    public void Tables_SectionsOverManyPackets_ArePutTogether(int payloadSize)
    {
        var map = Sections.Pmt(1, Video, 0, true, descriptorBytes: 150, (Avc, Video), (Aac, Audio));
        Assert.True(map.Length > 2 * 184);
        var inspection = Inspection.Of(
            new TsBuilder().Section(0, Sections.Pat((1, MapPid)), payloadSize).Section(MapPid, map, payloadSize).Pes(Video, H264.Idr()));

        Assert.True(inspection.Inspector.HasVideo);
        Assert.Single(inspection.Found);
    }

    [Fact]
    public void Tables_LongestSection_Fits()
    {
        var streams = Enumerable.Range(0, ElementaryStreams.MaxCount).Select(i => (Aac, 0x100 + i)).ToArray();
        var map = Sections.Pmt(1, 0x1FF0, streams);
        Assert.Equal(1021, map.Length);
        var stream = new TsBuilder().Pat((1, MapPid)).Section(MapPid, map);
        foreach (var (_, pid) in streams)
            stream.Packet(pid, new byte[20]);
        var inspection = Inspection.Of(stream.Packet(0x1FF0, [], adaptation: [0]).Pes(0x100, new byte[50]));

        Assert.Equal((ElementaryStreams.MaxCount + 3) * TsPacket.Size, Assert.Single(inspection.Found).Preamble.TablesOffset);
    }

    [Fact]
    public void Tables_PacketOfASectionLostOrSentTwice_IsNoticed()
    {
        var map = Sections.Pmt(1, Video, 0, true, 150, (Avc, Video), (Aac, Audio));
        byte[] payload = [0, .. map];
        var stream = new TsBuilder().Pat((1, MapPid))
            .Packet(MapPid, payload.AsSpan(0, 184), start: true)
            .Packet(MapPid, payload.AsSpan(184, 184)).Lose()
            .Packet(MapPid, payload.AsSpan(368));
        Assert.False(Inspection.Of(stream).Inspector.HasProgram);

        stream.Packet(MapPid, payload.AsSpan(0, 184), start: true).Duplicate()
            .Packet(MapPid, payload.AsSpan(184, 184)).Duplicate()
            .Packet(MapPid, payload.AsSpan(368)).Duplicate();
        Assert.True(Inspection.Of(stream).Inspector.HasProgram);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Tables_PointerField_EndsOneSectionAndStartsTwoMore(int videoProgram)
    {
        var first = Sections.Pmt(1, 0x101, 0, true, 70, (videoProgram == 1 ? Avc : Aac, 0x101));
        var second = Sections.Pmt(2, 0x102, (videoProgram == 2 ? Avc : Aac, 0x102));
        var split = first.Length - 40;
        var stream = new TsBuilder().Pat((1, MapPid), (2, MapPid))
            .Packet(MapPid, [0, .. first[..split]], start: true)
            .Packet(MapPid, [40, .. first[split..], .. Sections.Table(0xC0, 9, 0, true, [1, 2, 3]), .. second, 0xFF, 0xFF], start: true);

        Assert.True(Inspection.Of(stream).Inspector.HasVideo);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void Reset_SectionBegun_IsForgotten(int packetsBefore, bool expected)
    {
        var bytes = new TsBuilder()
            .Section(0, Sections.Pat((1, MapPid)), payloadSize: 10)
            .Section(MapPid, Sections.Pmt(1, Video, (Avc, Video)), payloadSize: 14)
            .ToArray();
        Assert.Equal(4 * TsPacket.Size, bytes.Length);
        var inspection = new Inspection().Add(bytes[..(packetsBefore * TsPacket.Size)]);
        inspection.Inspector.Reset();
        inspection.Add(bytes[(packetsBefore * TsPacket.Size)..]);

        Assert.Equal(expected, inspection.Inspector.HasProgram);
    }

    [Fact]
    public void Tables_LengthsThatOverrunTheSection_EndTheList()
    {
        List<byte> overrunStream = [0xE1, 0x00, 0xF0, 0x00, Avc, 0xE1, 0x00, 0xFF, 0xFF, Aac, 0xE1, 0x01, 0xF0, 0x00];
        List<byte> overrunProgram = [0xE1, 0x00, 0xFF, 0xFF, Avc, 0xE1, 0x00, 0xF0, 0x00];
        var stream = new TsBuilder().Pat((1, MapPid)).Section(MapPid, Sections.Table(2, 1, 0, true, overrunStream));
        Assert.True(Inspection.Of(stream).Inspector.HasVideo);

        var inspector = Inspection.Of(stream.Section(MapPid, Sections.Table(2, 1, 1, true, overrunProgram))).Inspector;
        Assert.True(inspector.HasProgram);
        Assert.False(inspector.HasVideo);
    }

    [Fact]
    public void Tables_TwoVideoStreams_TheFirstIsFollowed()
    {
        var stream = new TsBuilder().Pat((1, MapPid)).Pmt(MapPid, 1, (Avc, Video), (Avc, 0x200))
            .Pes(0x200, H264.Idr(20)).Pes(Video, H264.Idr(20)).Pes(0x200, H264.Idr(20));

        Assert.Equal([3], Inspection.Of(stream).Points);
    }

    [Fact]
    public void Tables_PrivateTableTooLongForAMap_IsPassedOver()
    {
        byte[] huge = [0xC0, 0xBF, 0xFF, .. new byte[3000]];
        var stream = new TsBuilder().Pat((1, MapPid)).Section(MapPid, huge).Pmt(MapPid, 1, (Avc, Video));

        Assert.True(Inspection.Of(stream).Inspector.HasVideo);
    }

    [Fact]
    public void Tables_BrokenChecksum_IsIgnored()
    {
        var map = Sections.Pmt(1, Video, (Avc, Video));
        for (var i = 0; i < map.Length; i++)
        {
            var broken = map.ToArray();
            broken[i] ^= 0x01;
            var stream = new TsBuilder().Pat((1, MapPid)).Section(MapPid, broken);

            Assert.False(Inspection.Of(stream).Inspector.HasProgram);
        }
    }

    [Fact]
    public void Tables_NotYetCurrent_AreIgnored()
    {
        var stream = new TsBuilder()
            .Section(0, Sections.Pat(0, current: false, (1, MapPid)))
            .Pmt(MapPid, 1, (Avc, Video));
        Assert.False(Inspection.Of(stream).Inspector.HasProgram);

        stream.Pat((1, MapPid)).Section(MapPid, Sections.Pmt(1, Video, 1, current: false, 0, (Avc, Video)));
        Assert.False(Inspection.Of(stream).Inspector.HasProgram);
    }

    [Fact]
    public void Tables_NetworkEntry_IsNoProgram()
    {
        var stream = new TsBuilder().Pat((0, 0x10), (5, MapPid)).Pmt(0x10, 0, (Avc, Video)).Pmt(MapPid, 5, (Aac, Audio));

        Assert.True(Inspection.Of(stream).Inspector.HasProgram);
        Assert.False(Inspection.Of(stream).Inspector.HasVideo);
    }

    [Fact]
    public void Tables_SeveralPrograms_FirstWithVideoInTheAssociationsOrderIsFollowed()
    {
        var stream = new TsBuilder().Pat((1, 0x1001), (2, 0x1002), (3, 0x1003))
            .Pmt(0x1003, 3, (Avc, 0x300))
            .Pmt(0x1001, 1, (Aac, 0x101))
            .Pmt(0x1002, 2, (Avc, 0x200))
            .Pes(0x300, H264.Idr())
            .Pes(0x200, H264.Idr())
            .Pmt(0x1003, 3, (Avc, 0x300))
            .Pes(0x101, H264.Idr());

        Assert.Equal([6], [.. Inspection.Of(stream).Points.Select(point => (int)point)]);
    }

    [Fact]
    public void Tables_SeveralProgramsWithoutVideo_FirstIsFollowedOnceAllHadTheirTurn()
    {
        var stream = new TsBuilder().Pat((1, 0x1001), (2, 0x1002)).Pmt(0x1001, 1, (Aac, 0x101)).Pmt(0x1002, 2, (Aac, 0x201));
        Assert.False(Inspection.Of(stream).Inspector.HasProgram);

        stream.Section(0, Sections.Pat(1, true, (1, 0x1001), (2, 0x1002))).Pmt(0x1001, 1, (Aac, 0x101)).Pmt(0x1002, 2, (Aac, 0x201));
        Assert.False(Inspection.Of(stream).Inspector.HasProgram);

        var inspection = Inspection.Of(stream.Pmt(0x1001, 1, (Aac, 0x101)).Pes(0x201, new byte[20]).Pes(0x101, new byte[20]));
        Assert.Equal([8], inspection.Points);
    }

    [Fact]
    public void Tables_NewMapVersion_MovesTheVideo()
    {
        var stream = new TsBuilder().Pat((1, MapPid)).Pmt(MapPid, 1, (Avc, Video))
            .Section(MapPid, Sections.Pmt(1, 0x200, 1, true, 0, (Avc, 0x200)))
            .Pes(Video, H264.Idr());
        var next = stream.Count;
        stream.Pes(0x200, H264.Idr());

        Assert.Equal([next], Inspection.Of(stream).Points);
    }

    [Fact]
    public void Tables_NewAssociation_DropsTheProgramThatMoved()
    {
        var stream = new TsBuilder().Pat((1, MapPid)).Pmt(MapPid, 1, (Avc, Video)).Section(0, Sections.Pat(1, true, (1, 0x1111)));
        Assert.False(Inspection.Of(stream).Inspector.HasProgram);

        Assert.False(Inspection.Of(stream.Pmt(MapPid, 1, (Avc, Video))).Inspector.HasProgram);
        Assert.True(Inspection.Of(stream.Pmt(0x1111, 1, (Avc, Video))).Inspector.HasProgram);
    }

    [Fact]
    public void Tables_NewAssociationWithTheSameProgram_KeepsItWithTheNewTable()
    {
        var association = Sections.Pat(1, true, (7, 0x1007), (1, MapPid));
        var stream = new TsBuilder().Pat((1, MapPid)).Pmt(MapPid, 1, (Avc, Video)).Section(0, association).Pes(Video, H264.Idr());
        var preamble = Assert.Single(Inspection.Of(stream).Found).Preamble;

        Assert.Equal(association, preamble.Bytes.AsSpan(preamble.TablesOffset + 5, association.Length).ToArray());
    }

    [Fact]
    public void Tables_AnyDamage_NeverThrows()
    {
        var random = new Random(3);
        var stream = new TsBuilder().Pat((1, MapPid), (2, 0x1002))
            .Section(MapPid, Sections.Pmt(1, Video, 0, true, 150, (Avc, Video), (Aac, Audio)), 90)
            .Pmt(0x1002, 2, (Aac, 0x201))
            .Pes(Video, H264.Unit(H264.Aud(), H264.Sei(H264.UserData(400)), H264.Idr()), randomAccess: true, pcr: 1)
            .Pes(Audio, new byte[400])
            .ToArray();
        for (var round = 0; round < 3_000; round++)
        {
            var damaged = stream.ToArray();
            for (var hit = random.Next(1, 12); hit > 0; hit--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            Inspection.Of(damaged);
        }
    }

    [Fact]
    public void Inspect_AnyBytes_NeverThrowsAndNamesOnlyPacketsSeen()
    {
        var random = new Random(4);
        var inspection = new Inspection();
        var packet = new byte[TsPacket.Size];
        inspection.Add(new TsBuilder().Pat((1, MapPid)).Pmt(MapPid, 1, (Avc, Video), (Aac, Audio)).ToArray());
        for (var i = 0; i < 50_000; i++)
        {
            random.NextBytes(packet);
            packet[0] = TsPacket.SyncByte;
            packet[1] &= 0x41; // mostly the PIDs that matter
            packet[2] &= 0x01;
            inspection.Add(packet);
        }

        Assert.All(inspection.Found, found => Assert.InRange(found.Point, 0, found.ProvedAt));
    }
}
