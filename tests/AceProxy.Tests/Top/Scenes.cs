using AceProxy.Operations;
using AceProxy.Top.Drawing;
using AceProxy.Top.Fetching;

namespace AceProxy.Tests.Top;

/// <summary>A cluster of two workers at two moments, 2 s apart, with names that a terminal must not obey.</summary>
internal static class Scenes
{
    public const string Busy = "aa00000000000000000000000000000000000001";
    public const string Quiet = "bb00000000000000000000000000000000000002";

    /// <summary>Clears the screen, changes the title, turns the writing round, ends the line, is markup, and is of many widths.</summary>
    public const string Hostile = "\e[2J\e]0;title\a\u202Eevil\r\n\x9b31m[red]x[/] 日本語 e\u0301 \U0001F600 \uD800";

    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static Scene Cluster(params string[] unanswered) => new()
    {
        Url = new Uri("http://127.0.0.1:8000/"),
        Now = Now,
        Snapshot = ClusterSnapshot.Of(Lists(2, unanswered), ClusterSnapshot.Of(Lists(1, unanswered), null, TimeProvider.System), TimeProvider.System),
        Events =
        [
            ClusterEvent.Parse("1-0", "stream-started", $$"""{"kind":"stream-started","at":"2026-11-21T11:59:00Z","stream":"{{Busy}}","worker":"w1"}"""),
            ClusterEvent.Parse("2-0", "a-later-kind", "not JSON"),
        ],
    };

    private static ClusterLists Lists(int look, string[] unanswered) => new(
        new StreamList(
            [
                Stream(Quiet, "w1", "recovering", "owner", 1, look * 250_000, look * 250_000) with { Note = Hostile },
                Stream(Busy, "w1", "playing", "owner", 2, look * 1_000_000, look * 2_000_000),
                Stream(Busy, "w2", "playing", "follower", 3, look * 1_000_000, look * 3_000_000),
            ],
            unanswered, null),
        new ClientList(
            [Client("c1", Busy, 0, look * 1_000_000), Client("c2", Quiet, 12.4, 250_000), .. Enumerable.Range(3, 40).Select(at => Client($"c{at}", Busy, 0, 0))],
            unanswered, null),
        new EngineList(
            [Engine("10.0.0.5:6878", "w1", "healthy"), Engine("10.0.0.5:6878", "w2", "healthy"), Engine("10.0.0.6:6878", "w1", "open")], [], unanswered, null),
        new WorkerList([Worker("w1", true), Worker("w2", unanswered.Length == 0)], null),
        look * 2 * TimeProvider.System.TimestampFrequency, Now);

    private static StreamSummary Stream(string key, string worker, string state, string role, int clients, long received, long sent) => new()
    {
        Key = key,
        Worker = worker,
        State = state,
        Role = role,
        Engine = "10.0.0.5:6878",
        Clients = clients,
        BytesIn = received,
        BytesOut = sent,
        Reconnections = 1,
        Failovers = 0,
        Splices = 1,
        Jumps = 0,
        Session = new SessionSummary { Status = "dl", Peers = 7, SpeedDown = 500, SpeedUp = 1, Downloaded = 1, Livepos = 100, LiveLast = 107 },
        Note = null,
        StartedAt = Now.AddMinutes(-5),
        LastDataAt = Now.AddSeconds(state == "playing" ? -0.2 : -15),
    };

    private static ClientSummary Client(string id, string stream, double stalled, long bytes) => new()
    {
        Id = id,
        Worker = "w1",
        Stream = stream,
        Address = "192.0.2.17",
        UserAgent = Hostile,
        StartedAt = Now.AddHours(-3),
        Bytes = bytes,
        Jumps = 0,
        StalledFor = stalled,
    };

    private static EngineSummary Engine(string id, string worker, string state) => new()
    {
        Id = id,
        Worker = worker,
        Sources = ["ENGINES"],
        Forwarded = true,
        State = state,
        Reason = Hostile,
        Since = Now.AddDays(-3),
        Sessions = 1,
        Max = 3,
        LastUsed = Now,
        Version = "3.2.3",
        Connected = true,
    };

    private static WorkerSummary Worker(string id, bool answers) => new()
    {
        Id = id,
        Address = "http://10.0.0.1:8000",
        Version = "1.0",
        StartedAt = Now.AddHours(-50),
        Streams = 2,
        Clients = 3,
        Draining = false,
        Answers = answers,
    };
}
