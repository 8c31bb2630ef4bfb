using AceProxy.Buffering;

namespace AceProxy.Tests.Buffering;

public sealed class RandomAccessIndexTests
{
    [Fact]
    public void Add_MoreThanTheBound_KeepsTheNewest()
    {
        var time = new ManualTimeProvider();
        var index = new RandomAccessIndex(time);
        for (int number = 0; number < 1000; number++)
        {
            index.Add(new RandomAccessPoint(new RingPosition(number, 0), time.GetTimestamp(), default), oldestChunk: 0);
            time.Advance(1);
        }

        Assert.Equal(1000 - 256, index.Find(TimeSpan.FromHours(1), oldestChunk: 0)?.Position.Sequence);
        Assert.Equal(999, index.Find(TimeSpan.Zero, oldestChunk: 0)?.Position.Sequence);
    }

    [Fact]
    public void Find_PointsOfDroppedChunks_AreForgotten()
    {
        var time = new ManualTimeProvider();
        var index = new RandomAccessIndex(time);
        index.Add(new RandomAccessPoint(new RingPosition(3, 0), time.GetTimestamp(), default), 0);
        index.Add(new RandomAccessPoint(new RingPosition(5, 0), time.GetTimestamp(), default), 0);

        Assert.Equal(3, index.Find(TimeSpan.FromHours(1), oldestChunk: 3)?.Position.Sequence);
        Assert.Equal(5, index.Find(TimeSpan.FromHours(1), oldestChunk: 4)?.Position.Sequence);
        Assert.Null(index.Find(TimeSpan.Zero, oldestChunk: 6));
    }
}
