using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.LiveStreams;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>Several workers on one Redis, each the whole program on real Kestrel.</summary>
public sealed class SharedStreamTests
{
    [Fact]
    public async Task ThreeWorkers_ViewersOnAllAtOnce_OneSessionAndAllAreGapless()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: 2_000_000) with { OpenDelay = TimeSpan.FromMilliseconds(300) });
        await using Workers workers = await Workers.StartAsync(3, redis, engine, ("REDIS_TIMEOUT", "10"));

        Viewer[] viewers = await Task.WhenAll(Enumerable.Range(0, 30).Select(number =>
            Viewer.JoinAsync(workers[number % 3], number % 2 == 0 ? $"id={content.ContentId}" : $"infohash={content.Infohash}")));
        DateTimeOffset joined = DateTimeOffset.UtcNow;
        await Task.WhenAll(viewers.Select(viewer => viewer.UntilNewerThanAsync(joined + TimeSpan.FromSeconds(3))));

        Assert.All(viewers, viewer => viewer.Checker.AssertGapless());
        Assert.All(viewers, viewer => Assert.True(viewer.Checker.BeganAtRandomAccess));
        Assert.Equal(1, engine.SessionsOpened);
        Assert.Single(workers.All, worker => worker.Streams.All().Single().Role == StreamRole.Owner);
        AssertSameRing(workers.All);
        Array.ForEach(viewers, viewer => viewer.Dispose());
        await Task.WhenAll(workers.All.Select(worker => worker.SettledAsync()));
        Assert.Equal(0, engine.OpenSessionCount);
        engine.AssertEachStoppedOnce();
    }

    /// <summary>Every chunk that several workers have is the same, and so are the random access points.</summary>
    private static void AssertSameRing(IEnumerable<RunningProxy> workers)
    {
        AceProxy.Buffering.ChunkRing[] rings = [.. workers.Select(worker => worker.Streams.All().Single().Ring)];
        long from = rings.Max(ring => ring.Oldest), to = rings.Min(ring => ring.Next);
        Assert.True(to - from > 20, $"only {to - from} chunks in common");
        for (long sequence = from; sequence < to; sequence++)
        {
            byte[][] copies = [.. rings.Select(ring => RingContents.Chunk(ring, sequence))];
            Assert.All(copies, copy => Assert.Equal(copies[0], copy));
        }

        var points = rings.Select(ring => ring.AccessPoints(null, to).Where(point => point.Position.Sequence >= from)
            .Select(point => (point.Position, Convert.ToHexString(point.Preamble.Bytes), point.Preamble.TablesOffset)).ToArray()).ToArray();
        Assert.NotEmpty(points[0]);
        Assert.All(points, some => Assert.Equal(points[0], some));
    }
}
