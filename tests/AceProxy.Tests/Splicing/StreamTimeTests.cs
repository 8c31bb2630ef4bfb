using AceProxy.Splicing;

namespace AceProxy.Tests.Splicing;

public sealed class StreamTimeTests
{
    private const long Wrap = (1L << 33) * 300;

    [Theory]
    [InlineData(100, 40, 60)]
    [InlineData(40, 100, -60)]
    [InlineData(10, Wrap - 10, 20)]
    [InlineData(Wrap - 10, 10, -20)]
    [InlineData(7, 7, 0)]
    public void Difference_AcrossTheWrapToo_IsTheShorterWayRound(long later, long earlier, long expected) =>
        Assert.Equal(expected, StreamTime.Difference(later, earlier));

    [Theory]
    [InlineData(120, true)]
    [InlineData(-120, true)]
    [InlineData(121, false)]
    public void AreRelated_Seconds_UpToTwoMinutes(long seconds, bool expected) =>
        Assert.Equal(expected, StreamTime.AreRelated(seconds * StreamTime.TicksPerSecond));

    [Fact]
    public void ToTimeSpan_Ticks_AreOf27MHz() => Assert.Equal(TimeSpan.FromSeconds(-1.5), StreamTime.ToTimeSpan(-40_500_000));
}
