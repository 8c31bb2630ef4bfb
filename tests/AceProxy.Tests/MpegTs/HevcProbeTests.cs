using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

public sealed class HevcProbeTests
{
    [Fact]
    public void Feed_EverySliceType_OnlyRandomAccessPicturesAre()
    {
        for (var type = 0; type < 32; type++)
        {
            var expected = type is >= 16 and <= 21 ? AccessUnitVerdict.RandomAccess : AccessUnitVerdict.NotRandomAccess;
            Assert.Equal(expected, Feed([.. Unit(35), .. Unit(32), .. Unit(33), .. Unit(34), .. Unit(39), .. Unit(type)]));
        }
    }

    [Fact]
    public void Feed_LaterSliceSegment_IsNoStart() =>
        Assert.Equal(AccessUnitVerdict.NotRandomAccess, Feed([0, 0, 1, 19 << 1, 1, 0x40]));

    [Fact]
    public void Feed_SliceOfAnotherLayer_DecidesNothing() =>
        Assert.Equal(AccessUnitVerdict.RandomAccess, Feed([0, 0, 1, 1 << 1, (1 << 3) | 1, 0x80, .. Unit(21)]));

    [Fact]
    public void Feed_ParameterSetsAlone_AwaitAPicture()
    {
        var probe = new HevcProbe();
        probe.Begin();

        Assert.Equal(AccessUnitVerdict.Undecided, probe.Feed(Unit(32)));
        Assert.True(probe.AwaitsPicture);
    }

    private static AccessUnitVerdict Feed(byte[] bytes)
    {
        var probe = new HevcProbe();
        var whole = AccessUnitVerdict.Undecided;
        for (var split = 0; split < bytes.Length; split++)
        {
            probe.Begin();
            var verdict = probe.Feed(bytes.AsSpan(0, split));
            if (verdict == AccessUnitVerdict.Undecided)
                verdict = probe.Feed(bytes.AsSpan(split));
            if (split > 0)
                Assert.Equal(whole, verdict);
            whole = verdict;
        }

        return whole;
    }

    /// <summary>A unit of layer 0 whose payload begins with first_slice_segment_in_pic_flag 1.</summary>
    private static byte[] Unit(int type) => [0, 0, 1, (byte)(type << 1), 1, 0xAF, 0x12, 0x34];
}
