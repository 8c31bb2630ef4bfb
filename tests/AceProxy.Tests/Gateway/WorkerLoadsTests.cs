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
    public void Of_PlayersSentSinceTheHeartbeat_AreCountedUntilTheNextTellsOfThem()
    {
        _loads.Place("a");
        _loads.Place("a");
        Assert.Equal(7, _loads.Of("a", connected: 0));
        _loads.Update([Worker(clients: 5)]); // nothing new has been told
        Assert.Equal(7, _loads.Of("a", connected: 0));

        _loads.Update([Worker(clients: 6)]);

        Assert.Equal(6, _loads.Of("a", connected: 0));
    }

    [Fact]
    public void Of_PlayersWhoNeverCame_AreForgotten()
    {
        _loads.Place("a");
        _time.Advance(Memory + TimeSpan.FromSeconds(1));

        _loads.Update([Worker(clients: 5)]);

        Assert.Equal(5, _loads.Of("a", connected: 0));
    }

    [Fact]
    public void Of_MoreConnectionsThanTold_AreWhatCounts() => Assert.Equal(9, _loads.Of("a", connected: 9));

    [Fact]
    public void Of_AWorkerNobodyTellsOf_HasItsConnections()
    {
        _loads.Update([]);
        _loads.Place("a");

        Assert.Equal(3, _loads.Of("a", connected: 3));
    }

    private static WorkerRecord Worker(int clients) => new()
    {
        Id = "a", Address = "http://a:8000", Version = "0", Started = DateTimeOffset.UnixEpoch, Streams = 0, Clients = clients,
        BytesPerSecond = 0, Draining = false,
    };
}
