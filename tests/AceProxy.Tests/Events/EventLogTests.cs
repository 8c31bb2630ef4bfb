using AceProxy.Events;

namespace AceProxy.Tests.Events;

public sealed class EventLogTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Read_FromNow_HasWhatCameSinceInOrderWithGrowingIds()
    {
        EventLog log = Alone();
        Record(log, "before");
        EventCursor cursor = log.End();
        Record(log, "a", "b", "c");

        EventPage page = log.Read(cursor, 10);

        Assert.Equal("a b c", Streams(page));
        Assert.Equal(3, page.Notices.Select(notice => notice.Event.Id).Distinct().Count());
        Assert.Equal(page.Notices.Select(notice => notice.Event.Id).Order(), page.Notices.Select(notice => notice.Event.Id));
        Assert.False(page.Changed.IsCompleted);
        Record(log, "d");
        Assert.True(page.Changed.IsCompleted);
        Assert.Equal("d", Streams(log.Read(page.Cursor, 10)));
    }

    [Fact]
    public void Read_InPagesFromAnyEvent_GoesOnBehindIt()
    {
        EventLog log = Alone();
        EventCursor cursor = log.End();
        Record(log, "a", "b", "c", "d", "e");

        EventPage first = log.Read(cursor, 2);
        EventCursor behindFirst = EventCursor.Parse(first.Notices[0].After.ToString())!;

        Assert.Equal("a b", Streams(first));
        Assert.Equal("c d", Streams(log.Read(first.Cursor, 2)));
        Assert.Equal("b c d e", Streams(log.Read(behindFirst, 10)));
        Assert.Equal("a b c d e", Streams(log.Read(EventCursor.Behind(EventPlace.Zero), 10)));
    }

    [Fact]
    public void Read_WhatIsNoLongerKept_TellsTheGapFirst()
    {
        EventLog log = Alone();
        EventCursor cursor = log.End();
        Record(log, [.. Enumerable.Range(0, 2 * EventLog.Most).Select(number => $"{number}")]);

        EventPage page = log.Read(cursor, 2);

        Assert.Equal(["gap", "stream-started"], page.Notices.Select(notice => notice.Event.Kind));
        int kept = 0;
        for (EventPage rest = log.Read(page.Notices[0].After, 500); rest.Notices.Count > 0; rest = log.Read(rest.Cursor, 500))
        {
            kept += rest.Notices.Count;
        }

        Assert.InRange(kept, EventLog.Most, EventLog.Most + 1000);
        Assert.Equal(page.Notices[1].Event, log.Read(page.Notices[0].After, 1).Notices[0].Event);
    }

    [Fact]
    public void Read_IdOfAProcessBeforeThis_TellsTheGap()
    {
        EventLog before = Alone();
        Record(before, "a");
        EventCursor cursor = before.End();
        _time.Advance(1);
        EventLog log = Alone();
        Record(log, "b");

        EventPage page = log.Read(cursor, 10);

        Assert.Equal(["gap", "stream-started"], page.Notices.Select(notice => notice.Event.Kind));
    }

    [Fact]
    public void Read_RedisAwayAndBack_HasOwnEventsAtOnceAndNotAgain()
    {
        EventLog log = Shared();
        log.Append([], new EventPlace(1000, 0), 0, isAll: true);
        EventCursor cursor = log.End();
        Record(log, "a");
        Assert.Equal("", Streams(log.Read(cursor, 10))); // on its way to Redis

        log.RedisIsAway();
        Record(log, "b");
        EventPage away = log.Read(cursor, 10);
        Assert.Equal("a b", Streams(away));
        Assert.Equal("", Streams(log.Read(away.Cursor, 10)));

        // Redis is back, and has had something of another worker in the meantime; b is not there yet.
        LoggedEvent a = log.Unwritten(10)[0], b = log.Unwritten(10)[1];
        var other = new LoggedEvent(new EventPlace(2000, 0), "other", 7, "stream-started", "x", "{}");
        log.Append([other, a with { Id = new EventPlace(2000, 1) }], new EventPlace(2000, 0), 0, isAll: true);
        EventPage back = log.Read(EventCursor.Parse(away.Cursor.ToString())!, 10);
        Assert.Equal("x", Streams(back));
        Assert.Equal([b], log.Unwritten(10));

        log.Append([b with { Id = new EventPlace(2001, 0) }], new EventPlace(2000, 0), 0, isAll: true);
        Record(log, "c");
        log.Append([log.Unwritten(1)[0] with { Id = new EventPlace(2002, 0) }], new EventPlace(2000, 0), 0, isAll: true);
        EventPage after = log.Read(EventCursor.Parse(back.Cursor.ToString())!, 10);
        Assert.Equal("c", Streams(after));
        Assert.Equal("2002-0", after.Cursor.ToString());
        Assert.Equal("x a b c", Streams(log.Read(cursor, 10)));
    }

    [Fact]
    public void Append_RedisHasLostWhatWeKnow_TellsTheGap()
    {
        EventLog log = Shared();
        log.Append([Other(1, "a")], new EventPlace(1, 0), 0, isAll: true);
        EventCursor cursor = log.End();

        log.Append([Other(5, "b")], new EventPlace(5, 0), 0, isAll: true, isContinued: false);
        EventPage page = log.Read(cursor, 10);

        Assert.Equal(["gap", "stream-started"], page.Notices.Select(notice => notice.Event.Kind));
        Assert.Equal("b", Streams(log.Read(page.Notices[0].After, 10)));
    }

    [Fact]
    public void Record_MoreThanIsKeptWhileRedisIsAway_DropsTheOldestAndSaysHowMany()
    {
        EventLog log = Shared();
        log.RedisIsAway();
        Record(log, [.. Enumerable.Range(0, EventLog.Most + 5).Select(number => $"{number}")]);

        Assert.Equal("5", log.Unwritten(1)[0].Stream);
        Assert.Equal(5, log.Dropped);
        log.Append([], new EventPlace(1, 0), 0, isAll: true);
        Assert.Contains("\"kind\":\"events-dropped\"", log.Unwritten(int.MaxValue)[^1].Json, StringComparison.Ordinal);
        Assert.Contains("\"count\":5", log.Unwritten(int.MaxValue)[^1].Json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("a-b")]
    [InlineData("1-2-3")]
    [InlineData("1-2;")]
    [InlineData("1-2;w")]
    [InlineData("1-2;=3")]
    [InlineData("99999999999999999999-1")]
    public void Parse_WhatIsNoId_IsRefused(string text) => Assert.Null(EventCursor.Parse(text));

    private static LoggedEvent Other(long at, string stream) => new(new EventPlace(at, 0), "other", at, "stream-started", stream, "{}");

    private static string Streams(EventPage page) => string.Join(' ', page.Notices.Select(notice => notice.Event.Stream));

    private static void Record(EventLog log, params string[] streams)
    {
        foreach (string stream in streams)
        {
            log.Record(new ProxyEvent(EventKind.StreamStarted) { Stream = stream });
        }
    }

    private EventLog Alone() => new("w0", isShared: false, _time);

    private EventLog Shared() => new("w0", isShared: true, _time);
}
