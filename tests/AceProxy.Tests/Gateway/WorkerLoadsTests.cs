using AceProxy.Cluster.Workers;
using AceProxy.Gateway;

namespace AceProxy.Tests.Gateway;

public sealed class WorkerLoadsTests
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);
    private readonly ManualTimeProvider _time = new();
    private readonly WorkerLoads _loads;

    public WorkerLoadsTests()
    {
        _loads = new WorkerLoads(Memory, _time);
        _loads.Update([Worker(clients: 5)]);
    }

    [Fact]
    public void Of_RedirectedPlayers_AreCountedUntilTheWorkerCountsThem()
    {
        _loads.Expect("a");
        _loads.Expect("a");
        _loads.Expect("a");
        Assert.Equal(8, _loads.Of("a", connected: 0));

        _loads.Update([Worker(clients: 5)]);
        Assert.Equal(8, _loads.Of("a", connected: 0));
        _loads.Update([Worker(clients: 7)]); // counted just before the third had come
        Assert.Equal(8, _loads.Of("a", connected: 0));
        _loads.Update([Worker(clients: 9)]); // and one who came by another way
        Assert.Equal(9, _loads.Of("a", connected: 0));
        _loads.Update([Worker(clients: 2)]);
        Assert.Equal(2, _loads.Of("a", connected: 0));
    }

    [Fact]
    public void Of_PlayersWhoNeverCame_AreForgotten()
    {
        _loads.Expect("a");
        _time.Advance(Memory + TimeSpan.FromSeconds(1));

        _loads.Update([Worker(clients: 5)]);

        Assert.Equal(5, _loads.Of("a", connected: 0));
    }

    [Fact]
    public void Of_NobodyTells_TheyAreForgottenAllTheSame()
    {
        _loads.Expect("a");
        _time.Advance(Memory + TimeSpan.FromSeconds(1));
        _loads.Expect("a");

        Assert.Equal(6, _loads.Of("a", connected: 0));
        _time.Advance(Memory + TimeSpan.FromSeconds(1));
        Assert.Equal(5, _loads.Of("a", connected: 0));
    }

    [Fact]
    public void Of_MoreConnectionsThanTold_AreWhatCounts() => Assert.Equal(9, _loads.Of("a", connected: 9));

    [Fact]
    public void Of_AWorkerNobodyTellsOf_HasItsConnections()
    {
        _loads.Update([]);
        _loads.Expect("a");

        Assert.Equal(3, _loads.Of("a", connected: 3));
    }

    private static WorkerRecord Worker(int clients) => new()
    {
        Id = "a",
        Address = "http://a:8000",
        Version = "0",
        Started = DateTimeOffset.UnixEpoch,
        Streams = 0,
        Clients = clients,
        BytesPerSecond = 0,
        Draining = false,
    };
}
