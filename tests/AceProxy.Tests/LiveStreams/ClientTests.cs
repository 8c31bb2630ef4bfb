using AceProxy.LiveStreams;

namespace AceProxy.Tests.LiveStreams;

public sealed class ClientTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Id_ManyBehindOneAddress_AreDifferentAndPlain()
    {
        string[] ids = [.. Enumerable.Range(0, 1000).Select(_ => NewClient().Id)];

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[0-9a-z]{12}$", id));
    }

    [Fact]
    public void Heartbeat_NothingAcceptedAlthoughSending_Ages()
    {
        using Client client = NewClient();
        client.Accepted(100);
        client.Sending();
        client.Heartbeat();

        for (int beat = 0; beat < 6; beat++)
        {
            _time.Advance(10);
            client.Heartbeat();
        }

        Assert.Equal((60, 60), (client.SinceHeartbeat().TotalSeconds, client.StalledFor().TotalSeconds));
    }

    [Fact]
    public void Heartbeat_WaitingForTheStream_StaysYoungAndIsNotStalled()
    {
        using Client client = NewClient();

        for (int beat = 0; beat < 60; beat++)
        {
            _time.Advance(10);
            client.Heartbeat();
        }

        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (client.SinceHeartbeat(), client.StalledFor()));
    }

    [Fact]
    public void Heartbeat_AcceptsALittleNowAndThen_StaysYoung()
    {
        using Client client = NewClient();
        client.Sending();
        for (int beat = 0; beat < 10; beat++)
        {
            _time.Advance(10);
            client.Accepted(1);
            client.Sending();
            client.Heartbeat();
            Assert.Equal(TimeSpan.Zero, client.SinceHeartbeat());
        }

        Assert.Equal((10, TimeSpan.Zero), (client.Bytes, client.StalledFor()));
    }

    [Fact]
    public void SinceHeartbeat_NobodyTakesIt_Ages()
    {
        using Client client = NewClient();
        client.Accepted(100);

        _time.Advance(61);

        Assert.Equal(61, client.SinceHeartbeat().TotalSeconds);
    }

    [Fact]
    public void StalledFor_Accepted_IsNothing()
    {
        using Client client = NewClient();
        client.Sending();
        _time.Advance(5);
        Assert.Equal(5, client.StalledFor().TotalSeconds);

        client.Accepted(10);
        _time.Advance(5);

        Assert.Equal(TimeSpan.Zero, client.StalledFor());
    }

    [Fact]
    public async Task End_SeveralReasons_FirstCounts()
    {
        using Client client = NewClient();
        Task ended = Ended(client);
        client.End(EndReason.Stalled);
        client.End(EndReason.Shutdown);

        await ended;
        Assert.Equal(EndReason.Stalled, client.EndReason);
    }

    [Fact]
    public void End_AfterItHasGone_IsHarmless()
    {
        Client client = NewClient();
        client.Dispose();

        client.End(EndReason.Expired);
    }

    [Fact]
    public async Task Ended_ConnectionCloses_FiresWithoutAReason()
    {
        using var connection = new CancellationTokenSource();
        using var client = new Client("", "", _time, connection.Token);
        Task ended = Ended(client);

        await connection.CancelAsync();

        await ended;
        Assert.Null(client.EndReason);
    }

    private static async Task Ended(Client client)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = client.Ended.Register(ended.SetResult);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private Client NewClient() => new("192.0.2.1", "player", _time, CancellationToken.None);
}
