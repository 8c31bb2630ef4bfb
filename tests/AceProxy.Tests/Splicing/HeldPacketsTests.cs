using AceProxy.Splicing;
using AceProxy.Tests.Buffering;

namespace AceProxy.Tests.Splicing;

public sealed class HeldPacketsTests
{
    [Fact]
    public void Add_MoreThanAreHeld_TheOldestGiveWay()
    {
        using var held = new HeldPackets();
        for (int packet = 0; packet < HeldPackets.Most + 10; packet++)
        {
            Assert.Equal(packet, held.Add(RingUnderTest.Numbered(packet, 1)));
        }

        Assert.Equal((10, HeldPackets.Most + 10), (held.First, held.End));
        Assert.Equal(RingUnderTest.Numbered(10, 1), held[10].ToArray());
        Assert.Equal(RingUnderTest.Numbered(4000, HeldPackets.Most + 10 - 4000), held.From(4000));
        Assert.Empty(held.From(held.End));
    }

    [Fact]
    public void Clear_AnotherConnection_CountsFromNothing()
    {
        using var held = new HeldPackets();
        held.Add(RingUnderTest.Numbered(1, 1));

        held.Clear();

        Assert.Equal((0, 0), (held.First, held.End));
        Assert.Equal(0, held.Add(RingUnderTest.Numbered(2, 1)));
        Assert.Equal(RingUnderTest.Numbered(2, 1), held.From(0));
    }
}
