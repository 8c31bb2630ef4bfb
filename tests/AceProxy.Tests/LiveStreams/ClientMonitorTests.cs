using System.Net;
using AceProxy.LiveStreams;

namespace AceProxy.Tests.LiveStreams;

public sealed class ClientMonitorTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef01234567";
    private const string Infinitely = "3600";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Beat_ClientAcceptsNothing_IsEndedAndTheOthersAreNot()
    {
        await using StreamsUnderTest streams = Streams(("CLIENT_STALL_TIMEOUT", "30"), ("PROXY_CLIENT_TTL", Infinitely));
        using ClientMonitor monitor = streams.NewMonitor();
        using Client stalled = Attach(streams), waiting = Attach(streams), accepting = Attach(streams);
        stalled.Sending();

        for (int second = 0; second < 29; second++)
        {
            accepting.Sending();
            Beat();
            accepting.Accepted(1);
        }

        Assert.Null(stalled.EndReason);
        Beat();

        Assert.Equal(EndReason.Stalled, stalled.EndReason);
        Assert.Equal((null, null), (waiting.EndReason, accepting.EndReason));

        void Beat()
        {
            streams.Time.Advance(1);
            monitor.Beat();
        }
    }

    [Fact]
    public async Task Beat_Ghost_IsEndedAndWhoWaitsIsNot()
    {
        await using StreamsUnderTest streams = Streams(
            ("CLIENT_STALL_TIMEOUT", Infinitely), ("PROXY_CLIENT_TTL", "20"), ("PROXY_HEARTBEAT_INTERVAL", "5"), ("PROXY_CLEANUP_INTERVAL", "10"));
        using ClientMonitor monitor = streams.NewMonitor();
        using Client ghost = Attach(streams), waiting = Attach(streams);
        ghost.Sending();

        for (int second = 0; second < 40; second++)
        {
            Assert.Null(second < 20 ? ghost.EndReason : null);
            streams.Time.Advance(1);
            monitor.Beat();
        }

        Assert.Equal((EndReason.Expired, (EndReason?)null), (ghost.EndReason, waiting.EndReason));
    }

    [Fact]
    public async Task Beat_SendQueueShrinks_IsTheProgressOfASlowPlayer()
    {
        await using StreamsUnderTest streams = Streams(
            ("CLIENT_STALL_TIMEOUT", "10"), ("PROXY_CLIENT_TTL", "12"), ("PROXY_HEARTBEAT_INTERVAL", "1"), ("PROXY_CLEANUP_INTERVAL", "1"));
        using ClientMonitor monitor = streams.NewMonitor();
        long queued = 1000;
        using var slow = new Client("", "", streams.Time, default) { SendQueue = () => queued };
        using var dead = new Client("", "", streams.Time, default) { SendQueue = () => 1000 };
        Assert.NotNull(streams.Registry.Attach(StreamsUnderTest.Request(new string('a', 40)), slow));
        Assert.NotNull(streams.Registry.Attach(StreamsUnderTest.Request(new string('a', 40)), dead));
        slow.Sending();
        dead.Sending();

        for (int second = 1; second <= 60; second++)
        {
            queued -= second % 8 == 0 ? 1 : 0;
            streams.Time.Advance(1);
            monitor.Beat();
        }

        Assert.Equal((null, EndReason.Stalled), (slow.EndReason, dead.EndReason));
    }

    [Fact]
    public async Task Beat_HeartbeatsRarerThanClientsLive_TakesNobodyForAGhostWhoIsNone()
    {
        await using StreamsUnderTest streams = Streams(
            ("CLIENT_STALL_TIMEOUT", Infinitely), ("PROXY_CLIENT_TTL", "5"), ("PROXY_HEARTBEAT_INTERVAL", "60"), ("PROXY_CLEANUP_INTERVAL", "1"));
        using ClientMonitor monitor = streams.NewMonitor();
        using Client waiting = Attach(streams), ghost = Attach(streams);
        ghost.Sending();

        for (int second = 0; second < 30; second++)
        {
            streams.Time.Advance(1);
            monitor.Beat();
        }

        Assert.Equal((EndReason.Expired, (EndReason?)null), (ghost.EndReason, waiting.EndReason));
    }

    [Fact]
    public async Task Start_Running_BeatsByItself()
    {
        await using StreamsUnderTest streams = Streams(("CLIENT_STALL_TIMEOUT", "1"));
        using ClientMonitor monitor = streams.NewMonitor();
        using Client stalled = Attach(streams);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stalled.Ended.Register(ended.SetResult);
        stalled.Sending();
        await monitor.StartAsync(Cancellation);

        await streams.Time.TimerInAsync(TimeSpan.FromSeconds(0.25), Cancellation);
        streams.Time.Advance(1);

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        await monitor.StopAsync(Cancellation);
    }

    /// <summary>No engine answers: the stream has failed, and is there as long as its clients are.</summary>
    private static StreamsUnderTest Streams(params (string Name, string? Value)[] settings) =>
        new(new IPEndPoint(IPAddress.Loopback, 9), [.. settings, ("PROXY_BUFFER_TTL", Infinitely)]);

    private static Client Attach(StreamsUnderTest streams)
    {
        Client client = streams.NewClient();
        Assert.NotNull(streams.Registry.Attach(StreamsUnderTest.Request(Hash), client));
        return client;
    }
}
