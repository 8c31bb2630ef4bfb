using AceProxy.Buffering;

namespace AceProxy.Tests.Buffering;

public sealed class ChunkTickerTests
{
    private static readonly TimeSpan Age = RingUnderTest.Small.ChunkAge;

    [Fact]
    public void Tick_ChunksOfSeveralStreams_AreEachClosedWithinAFifthOfTheirAge()
    {
        using var test = new RingUnderTest();
        ChunkRing[] rings = [.. Enumerable.Range(0, 20).Select(_ => new ChunkRing(test.Options, test.Time))];
        ChunkBuilder[] builders = [.. rings.Select(ring => new ChunkBuilder(ring, test.Pool, test.Ticker, test.Options, test.Time))];
        int[] closedAfter = new int[rings.Length];
        for (int now = 0; now < 200; now++)
        {
            if (now < builders.Length)
            {
                builders[now].Append(RingUnderTest.Numbered(0, 1)); // one a millisecond
            }

            test.Time.Advance(TimeSpan.FromMilliseconds(1));
            for (int i = 0; i < rings.Length; i++)
            {
                closedAfter[i] = closedAfter[i] == 0 && rings[i].Next == 1 ? now + 1 - i : closedAfter[i];
            }
        }

        Assert.All(closedAfter, after => Assert.InRange(after, Age.TotalMilliseconds, Age.TotalMilliseconds * 1.2));
        foreach (ChunkBuilder builder in builders)
        {
            builder.Dispose();
        }

        foreach (ChunkRing ring in rings)
        {
            ring.Dispose();
        }
    }

    [Fact]
    public void Tick_ChunkWasClosedAndTheNextBegun_LeavesThatItsTime()
    {
        using var test = new RingUnderTest();
        using ChunkBuilder builder = test.NewBuilder();
        builder.Append(RingUnderTest.Numbered(0, 1));
        test.Time.Advance(Age / 2);
        builder.Flush();
        builder.Append(RingUnderTest.Numbered(1, 1));

        test.Time.Advance(Age / 2);
        Assert.Equal(1, test.Ring.Next);
        test.Time.Advance(Age / 2);
        Assert.Equal(2, test.Ring.Next);
    }

    [Fact]
    public void Tick_ChunkThatIsDueSoonerBeginsLater_ClosesItInItsTime()
    {
        using var test = new RingUnderTest();
        using var other = new ChunkRing(test.Options, test.Time);
        using ChunkBuilder patient = test.NewBuilder();
        using var prompt = new ChunkBuilder(other, test.Pool, test.Ticker, test.Options, test.Time);
        for (int burst = 0; burst < 26; burst++) // full after 90 ms, so that twice the age is waited
        {
            test.Time.Advance(TimeSpan.FromMilliseconds(18));
            patient.Append(RingUnderTest.Numbered(burst, 1));
            patient.EndOfBurst();
        }

        long before = test.Ring.Next;
        test.Time.Advance(Age / 5);
        prompt.Append(RingUnderTest.Numbered(0, 1));

        test.Time.Advance(Age);
        Assert.Equal((before, 1), (test.Ring.Next, other.Next));
        test.Time.Advance(Age);
        Assert.Equal((before + 1, 1), (test.Ring.Next, other.Next));
    }

    [Fact]
    public void Tick_BuilderWasDisposedOf_ConcernsTheOthersOnly()
    {
        using var test = new RingUnderTest();
        using var other = new ChunkRing(test.Options, test.Time);
        ChunkBuilder builder = test.NewBuilder();
        using var survivor = new ChunkBuilder(other, test.Pool, test.Ticker, test.Options, test.Time);
        builder.Append(RingUnderTest.Numbered(0, 1));
        builder.Dispose();
        survivor.Append(RingUnderTest.Numbered(0, 1));

        test.Time.Advance(Age);

        Assert.Equal((1, 1), (test.Ring.Next, other.Next));
    }
}
