using AceProxy.Cluster.Workers;
using AceProxy.Gateway;

namespace AceProxy.Tests.Gateway;

public sealed class WorkerRosterTests
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(10);
    private readonly ManualTimeProvider _time = new();
    private readonly WorkerRoster _roster;

    public WorkerRosterTests() => _roster = new WorkerRoster(Hold, _time);

    [Fact]
    public void Update_TheSameWorkersWithAnotherLoad_IsNoChange()
    {
        Assert.True(_roster.Update([Worker("a"), Worker("b")]));

        Assert.False(_roster.Update([Worker("b", clients: 7), Worker("a")]));
        Assert.Equal("ab", Names());
    }

    [Fact]
    public void Update_AWorkerComes_IsThereAtOnce()
    {
        _roster.Update([Worker("b")]);

        Assert.True(_roster.Update([Worker("a"), Worker("b")]));
        Assert.Equal("ab", Names());
    }

    [Fact]
    public void Update_AWorkerDrains_IsGoneAtOnceAndForGood()
    {
        _roster.Update([Worker("a"), Worker("b")]);

        Assert.True(_roster.Update([Worker("a"), Worker("b", isDraining: true)]));
        Assert.False(_roster.Update([Worker("a")]));
        Assert.Equal("a", Names());
    }

    [Fact]
    public void Update_RedisIsEmptyAllOfASudden_TheWorkersStayForAWhile()
    {
        _roster.Update([Worker("a"), Worker("b")]);
        _time.Advance(Hold);

        Assert.False(_roster.Update([]));
        Assert.False(_roster.Update([Worker("a")]));
        Assert.Equal("ab", Names());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_roster.Update([Worker("a")]));
        Assert.Equal("a", Names());
    }

    [Fact]
    public void Update_AWorkerIsStartedAgainUnderAnotherId_ReplacesTheOneThatHadItsAddress()
    {
        _roster.Update([Worker("a", host: "10.0.0.1"), Worker("b", host: "10.0.0.2")]);

        Assert.True(_roster.Update([Worker("b", host: "10.0.0.2"), Worker("c", host: "10.0.0.1")]));
        Assert.Equal("bc", Names());
    }

    [Fact]
    public void Update_AWorkerMoves_HasItsNewAddress()
    {
        _roster.Update([Worker("a", host: "10.0.0.1")]);

        Assert.True(_roster.Update([Worker("a", host: "10.0.0.9")]));
        Assert.Equal("10.0.0.9", Assert.Single(_roster.Workers).Value.Host);
    }

    [Fact]
    public void Update_IdsThatDifferInCaseOnly_HasTheFirstAndTheOtherWhenItHasGone()
    {
        Assert.True(_roster.Update([Worker("A"), Worker("a"), Worker("b")]));
        Assert.Equal("Ab", Names());
        Assert.Equal(["a"], _roster.Namesakes);
        Assert.False(_roster.Update([Worker("A"), Worker("a"), Worker("b")]));

        Assert.True(_roster.Update([Worker("A", isDraining: true), Worker("a"), Worker("b")]));
        Assert.Equal("ab", Names());
        Assert.Empty(_roster.Namesakes);
    }

    private static WorkerRecord Worker(string id, string? host = null, int clients = 0, bool isDraining = false) => new()
    {
        Id = id,
        Address = $"http://{host ?? id}:8000",
        Version = "0",
        Started = DateTimeOffset.UnixEpoch,
        Streams = 0,
        Clients = clients,
        BytesPerSecond = 0,
        Draining = isDraining,
    };

    private string Names() => string.Concat(_roster.Workers.Select(worker => worker.Key));
}
