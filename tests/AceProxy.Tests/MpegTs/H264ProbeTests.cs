using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

public sealed class H264ProbeTests
{
    [Fact]
    public void Feed_Idr_IsRandomAccess() => Check(AccessUnitVerdict.RandomAccess, H264.Aud(), H264.Sps(), H264.Pps(), H264.Idr());

    [Fact]
    public void Feed_PlainSlice_IsNot() => Check(AccessUnitVerdict.NotRandomAccess, H264.Aud(), H264.Slice(H264.SliceP));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    [InlineData(6, false)]
    [InlineData(7, true)]
    [InlineData(8, false)]
    [InlineData(9, true)]
    public void Feed_ParameterSetsAndSlice_DependsOnItsType(int sliceType, bool expected) => Check(
        expected ? AccessUnitVerdict.RandomAccess : AccessUnitVerdict.NotRandomAccess,
        H264.Sps(),
        H264.Pps(),
        H264.Slice(sliceType));

    [Fact]
    public void Feed_IntraSliceWithoutParameterSet_IsNot() =>
        Check(AccessUnitVerdict.NotRandomAccess, H264.Aud(), H264.Pps(), H264.Slice(H264.SliceI));

    [Fact]
    public void Feed_RecoveryPoint_IsRandomAccessWhateverTheSlice()
    {
        Check(AccessUnitVerdict.RandomAccess, H264.Sei(H264.RecoveryPoint()), H264.Slice(H264.SliceI));
        Check(AccessUnitVerdict.RandomAccess, H264.Sei(H264.RecoveryPoint()), H264.Slice(H264.SliceP));
    }

    [Theory]
    [InlineData(10, 0x55)]
    [InlineData(255, 0x55)]
    [InlineData(700, 0x00)]
    [InlineData(700, 0x06)]
    [InlineData(700, 0xFF)]
    public void Feed_RecoveryPointBehindOtherMessages_IsFound(int length, byte fill)
    {
        var unit = H264.Sei((300, [1, 2, 3]), H264.UserData(length, fill), H264.RecoveryPoint());

        Check(AccessUnitVerdict.RandomAccess, unit, H264.Slice(H264.SliceI));
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x06)]
    public void Feed_OtherMessagesThatLookLikeOne_AreNot(byte fill) =>
        Check(AccessUnitVerdict.NotRandomAccess, H264.Sei(H264.UserData(600, fill)), H264.Slice(H264.SliceI));

    [Fact]
    public void Feed_EmulationPreventionInAMessage_IsNotCounted()
    {
        // Counted, each would end the message a byte early, and the sixes at its end would read as a recovery point.
        byte[] payload = [.. new byte[60], .. Enumerable.Repeat((byte)6, 100)];

        Check(AccessUnitVerdict.NotRandomAccess, H264.Sei((5, payload)), H264.Slice(H264.SliceI));
    }

    [Fact]
    public void Feed_LaterSlices_AreNoStart()
    {
        Check(AccessUnitVerdict.NotRandomAccess, H264.LaterSlice(idr: true));
        Check(AccessUnitVerdict.NotRandomAccess, H264.Sps(), H264.LaterSlice(idr: false));
    }

    [Fact]
    public void Feed_EndOfAPictureFirst_DecidesNothing() =>
        Check(AccessUnitVerdict.RandomAccess, [9, 9, 9, 0x65, 0xB8, 0, 0, 3, 1, 0x65], H264.Aud(), H264.Idr());

    [Fact]
    public void Begin_AfterAnAccessUnit_RemembersNothingOfIt()
    {
        var probe = new H264Probe();
        probe.Begin();
        probe.Feed(H264.Unit(H264.Sps(), H264.Sei(H264.RecoveryPoint()), [0, 0]));
        Assert.True(probe.AwaitsPicture);
        probe.Begin();

        Assert.False(probe.AwaitsPicture);
        Assert.Equal(AccessUnitVerdict.Undecided, probe.Feed([1, 0x65, 0xB8]));
        Assert.Equal(AccessUnitVerdict.NotRandomAccess, probe.Feed(H264.Slice(H264.SliceI)));
    }

    /// <summary>Whole, byte by byte, and split in two at every place.</summary>
    private static void Check(AccessUnitVerdict expected, params byte[][] units)
    {
        var bytes = H264.Unit(units);
        var probe = new H264Probe();
        for (var split = 0; split < bytes.Length; split++)
        {
            probe.Begin();
            var verdict = probe.Feed(bytes.AsSpan(0, split));
            if (verdict == AccessUnitVerdict.Undecided)
                verdict = probe.Feed(bytes.AsSpan(split));
            Assert.Equal(expected, verdict);
        }

        probe.Begin();
        var last = AccessUnitVerdict.Undecided;
        for (var i = 0; i < bytes.Length && last == AccessUnitVerdict.Undecided; i++)
            last = probe.Feed(bytes.AsSpan(i, 1));
        Assert.Equal(expected, last);
    }
}
