using AceProxy.Delivery;
using AceProxy.Delivery.Direct;
using AceProxy.MpegTs;
using AceProxy.Tests.Buffering;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Delivery.Direct;

/// <summary>Many clients of one ring.</summary>
public sealed class FanOutTests
{
    private readonly DirectSender _sender = new(new DeliveryOptions { JoinBehind = TimeSpan.Zero, DirectSending = true });

    [Fact]
    public async Task Join_TwoAtOnceToAFreshRing_AreInTheOneFanOutThatIsPublishedTo()
    {
        using DirectPlayer one = await DirectPlayer.ConnectAsync();
        using DirectPlayer other = await DirectPlayer.ConnectAsync();
        using var both = new Barrier(2);
        for (int round = 0; round < 1000; round++)
        {
            using var memory = new RingUnderTest();
            one.NextPacket = other.NextPacket = 0;
            Task joining = Task.Run(() => Join(one), TestContext.Current.CancellationToken);
            Join(other);
            await joining;

            memory.Append(1);

            Assert.Equal((1, 1), (one.Follower.Sequence, other.Follower.Sequence));
            memory.Ring.Complete();
            Assert.Equal((DirectEnd.Completed, DirectEnd.Completed), (await one.EndAsync(), await other.EndAsync()));
            await one.UntilAsync((round + 1) * TsPacket.Size);
            await other.UntilAsync((round + 1) * TsPacket.Size);

            void Join(DirectPlayer player)
            {
                Assert.True(both.SignalAndWait(SafetyNet.Limit));
                player.Join(_sender, memory.Ring);
            }
        }
    }
}
