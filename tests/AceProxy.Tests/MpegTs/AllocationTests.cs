using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

/// <summary>Every byte of every stream passes here, so the steady state must leave nothing to the garbage collector.</summary>
public sealed class AllocationTests
{
    private const int MapPid = 0x1000;
    private const int Video = 0x100;
    private const int Audio = 0x101;

    [Theory]
    [InlineData(0x1B)]
    [InlineData(0x24)]
    [InlineData(0x02)]
    public void Inspect_TablesPicturesAndPoints_AllocatesNothing(byte videoType)
    {
        var stream = Stream(videoType);
        var inspector = new StreamInspector();
        Inspect(inspector, stream);

        Assert.Equal(0, Allocated(() => Inspect(inspector, stream)));
    }

    [Fact]
    public void JoinPreamble_PerPoint_AllocatesItsBytesOnly()
    {
        var inspector = new StreamInspector();
        Inspect(inspector, Stream(0x1B));
        var length = inspector.JoinPreamble().Bytes.Length;

        Assert.InRange(Allocated(() => inspector.JoinPreamble()), length, length + 32);
    }

    [Fact]
    public void Next_InStepAndOut_AllocatesNothing()
    {
        byte[] stream = [.. Stream(0x1B), 1, 2, 3, .. Stream(0x1B)];
        var aligner = new PacketAligner();
        Align(aligner, stream);

        Assert.Equal(0, Allocated(() => Align(aligner, stream)));
        Assert.True(aligner.SyncLosses > 0);
    }

    /// <summary>The least of several runs: now and then the runtime allocates on our thread for itself, when it replaces code that has become hot.</summary>
    private static long Allocated(Action action) => Enumerable.Range(0, 20).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });

    private static void Inspect(StreamInspector inspector, byte[] stream)
    {
        for (var at = 0; at < stream.Length; at += TsPacket.Size)
            inspector.Inspect(stream.AsSpan(at, TsPacket.Size), at / TsPacket.Size);
    }

    private static void Align(PacketAligner aligner, byte[] stream)
    {
        var rest = stream.AsSpan();
        while (true)
        {
            aligner.Next(rest, out var skip, out var length);
            rest = rest[(skip + length)..];
            if (length == 0)
                return;
        }
    }

    // Sixteen of each, so that every continuity counter goes round and the stream can be repeated.
    private static byte[] Stream(byte videoType)
    {
        var map = Sections.Pmt(1, Video, 0, true, 150, (videoType, Video), (0x0F, Audio));
        var stream = new TsBuilder();
        for (var i = 0; i < 16; i++)
        {
            stream.Pat((1, MapPid)).Section(MapPid, map)
                .Pes(Video, H264.Unit(H264.Aud(), H264.Sei(H264.UserData(700)), H264.Slice(H264.SliceP, 3000)), pcr: i * 1000)
                .Pes(Audio, new byte[300])
                .Pes(Video, H264.Unit(H264.Sps(), H264.Pps(), H264.Idr(3000)), randomAccess: i % 2 == 0);
        }

        return stream.ToArray();
    }
}
