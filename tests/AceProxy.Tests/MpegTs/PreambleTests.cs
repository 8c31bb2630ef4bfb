using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

public sealed class PreambleTests
{
    private const byte Aac = 0x0F;
    private const byte Avc = 0x1B;
    private const int MapPid = 0x1000;
    private const int Video = 0x100;
    private const int Audio = 0x101;
    private const int Clock = 0x1FF;

    [Fact]
    public void JoinPreamble_NoPoint_IsEmpty()
    {
        var preamble = new StreamInspector().JoinPreamble();

        Assert.Empty(preamble.Bytes);
        Assert.Equal(0, preamble.TablesOffset);
    }

    [Fact]
    public void JoinPreamble_Packets_MarkersThenTables()
    {
        var map = Sections.Pmt(1, Clock, (Avc, Video), (Aac, Audio));
        var association = Sections.Pat((1, MapPid));
        var stream = new TsBuilder().Section(0, association).Section(MapPid, map)
            .Packet(Clock, [], adaptation: [0])
            .Pes(Audio, new byte[500])
            .Pes(Video, H264.Slice(H264.SliceP))
            .Pes(Video, H264.Idr());
        var preamble = Assert.Single(Inspection.Of(stream).Found).Preamble;

        var packets = preamble.Bytes.Chunk(TsPacket.Size).ToArray();
        Assert.Equal([Video, Audio, Clock, 0, MapPid, 0, MapPid], packets.Select(packet => TsPacket.Pid(packet)));
        Assert.Equal(5 * TsPacket.Size, preamble.TablesOffset);
        foreach (var marker in packets[..5])
        {
            Assert.True(TsPacket.DiscontinuityIndicator(marker));
            Assert.False(TsPacket.HasPayload(marker));
            Assert.Equal(183, marker[4]);
            Assert.All(marker[6..], stuffing => Assert.Equal(0xFF, stuffing));
        }

        Assert.Equal([1, 2, 15, 15, 15, 0, 0], packets.Select(packet => TsPacket.ContinuityCounter(packet)));
        Assert.Equal(association, packets[5][5..(5 + association.Length)]);
        Assert.Equal(map, packets[6][5..(5 + map.Length)]);
    }

    [Fact]
    public void JoinPreamble_ProofPacketsLater_IsAsOfTheFirstPacket()
    {
        byte[] pes = [0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0, .. H264.Aud(), .. H264.Sps(), .. H264.Idr(20)];
        var first = Sections.Pmt(1, Video, (Avc, Video), (Aac, Audio));
        var second = Sections.Pmt(1, Video, 1, true, 0, (Avc, Video), (Aac, Audio), (Aac, 0x102));
        var stream = new TsBuilder().Pat((1, MapPid)).Section(MapPid, first)
            .Pes(Audio, new byte[10])
            .Packet(Video, pes.AsSpan(0, 20), start: true)
            .Pes(Audio, new byte[10])
            .Section(MapPid, second)
            .Pat((1, MapPid))
            .Packet(Video, pes.AsSpan(20));
        var (point, provedAt, preamble) = Assert.Single(Inspection.Of(stream).Found);

        Assert.Equal((3, 7), (point, provedAt));
        var packets = preamble.Bytes.Chunk(TsPacket.Size).ToArray();
        Assert.Equal([Video, Audio, 0, MapPid, 0, MapPid], packets.Select(packet => TsPacket.Pid(packet)));
        Assert.Equal([15, 0, 15, 15, 0, 0], packets.Select(packet => TsPacket.ContinuityCounter(packet)));
        Assert.Equal(first, packets[5][5..(5 + first.Length)]);
    }

    [Fact]
    public void JoinPreamble_Jump_EveryPidCountsOn()
    {
        var stream = new TsBuilder();
        for (var i = 0; i < 40; i++)
        {
            stream.Pat((1, MapPid)).Section(MapPid, Sections.Pmt(1, Video, 0, true, 150, (Avc, Video), (Aac, Audio)))
                .Pes(Audio, new byte[i * 30])
                .Pes(Video, i % 5 == 4 ? H264.Idr(1000) : H264.Slice(H264.SliceP, i * 37));
        }

        var bytes = stream.ToArray();
        var found = Inspection.Of(bytes).Found;
        Assert.Equal(8, found.Count);
        foreach (var (point, _, preamble) in found)
        {
            var rest = bytes.AsSpan((int)point * TsPacket.Size);
            Assert.Empty(Continuity.Errors([.. preamble.Bytes, .. rest]));
            Assert.Empty(Continuity.Errors([.. preamble.Bytes.AsSpan(preamble.TablesOffset), .. rest]));
            Assert.Empty(Continuity.Errors([.. bytes.AsSpan(0, 3 * TsPacket.Size), .. preamble.Bytes, .. rest]));
        }
    }

    [Fact]
    public void JoinPreamble_PointBetweenTheMapsPackets_CountsOn()
    {
        byte[] map = [0, .. Sections.Pmt(1, Video, 0, true, 150, (Avc, Video), (Aac, Audio))];
        var stream = new TsBuilder().Pat((1, MapPid)).Unit(MapPid, map)
            .Packet(MapPid, map.AsSpan(0, 184), start: true);
        var point = stream.Count;
        var bytes = stream.Pes(Video, H264.Idr()).Packet(MapPid, map.AsSpan(184, 184)).Packet(MapPid, map.AsSpan(368)).ToArray();
        var (found, _, preamble) = Assert.Single(Inspection.Of(bytes).Found);

        Assert.Equal(point, found);
        Assert.Empty(Continuity.Errors([.. preamble.Bytes, .. bytes.AsSpan(point * TsPacket.Size)]));
    }

    [Fact]
    public void JoinPreamble_ClockOnTheMapsPid_CountsOn()
    {
        var bytes = new TsBuilder().Pat((1, MapPid)).Section(MapPid, Sections.Pmt(1, MapPid, (Avc, Video)))
            .Pes(Video, H264.Idr())
            .Section(MapPid, Sections.Pmt(1, MapPid, (Avc, Video)))
            .ToArray();
        var (point, _, preamble) = Assert.Single(Inspection.Of(bytes).Found);

        Assert.Empty(Continuity.Errors([.. preamble.Bytes, .. bytes.AsSpan((int)point * TsPacket.Size)]));
    }

    [Fact]
    public void JoinPreamble_PacketsLostBeforeThePoint_VideoStillCountsOn()
    {
        var bytes = new TsBuilder().Pat((1, MapPid)).Pmt(MapPid, 1, (Avc, Video))
            .Pes(Video, H264.Slice(H264.SliceP, 20))
            .Pes(Video, H264.Slice(H264.SliceP, 20)).Lose()
            .Pes(Video, H264.Idr())
            .ToArray();
        var (point, _, preamble) = Assert.Single(Inspection.Of(bytes).Found);

        Assert.Empty(Continuity.Errors([.. preamble.Bytes, .. bytes.AsSpan((int)point * TsPacket.Size)]));
    }

    [Fact]
    public void JoinPreamble_PacketWithoutPayloadHasANonsenseCounter_IsNotCounted()
    {
        var bytes = new TsBuilder().Pat((1, MapPid)).Pmt(MapPid, 1, (Avc, Video), (Aac, Audio))
            .Pes(Audio, new byte[10])
            .Packet(Audio, [], adaptation: [0])
            .Pes(Video, H264.Idr())
            .Pes(Audio, new byte[10])
            .ToArray();
        bytes[(3 * TsPacket.Size) + 3] |= 0x0B;
        var (point, _, preamble) = Assert.Single(Inspection.Of(bytes).Found);

        Assert.Empty(Continuity.Errors([.. preamble.Bytes, .. bytes.AsSpan((int)point * TsPacket.Size)]));
    }

    [Fact]
    public void JoinPreamble_SourcesTablePacketsHoldMore_OnlyTheTableIsRepeated()
    {
        var map = Sections.Pmt(1, Video, (Avc, Video));
        var stream = new TsBuilder().Pat((1, MapPid))
            .Packet(MapPid, [0, .. Sections.Table(0xC0, 9, 0, true, [1, 2, 3]), .. map], start: true, adaptation: [0x10, 1, 2, 3, 4, 5, 6])
            .Pes(Video, H264.Idr());
        var packet = Assert.Single(Inspection.Of(stream).Found).Preamble.Bytes.AsSpan()[^TsPacket.Size..].ToArray();

        Assert.False(TsPacket.HasAdaptation(packet));
        Assert.Equal(map, packet[5..(5 + map.Length)]);
        Assert.All(packet[(5 + map.Length)..], stuffing => Assert.Equal(0xFF, stuffing));
    }
}
