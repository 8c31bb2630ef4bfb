using AceProxy.Tests.Settings;
using AceProxy.Upstream;
using AceProxy.Upstream.Playback;
using AceProxy.Upstream.Sessions;

namespace AceProxy.Tests.Upstream.Sessions;

public sealed class SessionVitalsTests
{
    private static readonly TimeSpan Flowing = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(3);
    private readonly ManualTimeProvider _time = new();
    private readonly SessionVitals _vitals;

    public SessionVitalsTests() => _vitals = New();

    [Fact]
    public void Judge_EverySignalWhileBytesFlow_Stays()
    {
        for (int poll = 0; poll < 60; poll++)
        {
            _vitals.Told(new SessionStatistics { Status = "dl", Downloaded = 5, Position = 7, LiveLast = 9 });
            Assert.Null(Judge(Flowing));
            _vitals.Refused("unknown playback session id");
            Assert.Null(Judge(Flowing));
            _vitals.Unanswered(Silent);
            Assert.Null(Judge(Flowing));
            _time.Advance(5);
        }

        Assert.True(_vitals.IsLoopLikely);
    }

    [Fact]
    public void Judge_SilentAndUnknownToTheEngine_Leaves()
    {
        _vitals.Refused("unknown playback session id");

        Assert.Null(Judge(Silent - TimeSpan.FromMilliseconds(1)));
        Assert.Equal(ReadEnd.SessionLost, Judge(Silent)?.End);
        Assert.Contains("unknown playback session id", Judge(Silent)!.Detail, StringComparison.Ordinal);
        Assert.Equal(ReadEnd.SessionLost, Judge(Silent, hadData: false)?.End);
        _vitals.Told(new SessionStatistics());
        Assert.Null(Judge(Silent));
    }

    [Theory]
    [InlineData(5, null)]
    [InlineData(null, 7)]
    [InlineData(5, 7)]
    public void Judge_SilentAndFrozen_LeavesAfterTheWholePeriod(int? downloaded, int? position)
    {
        for (double second = 0; second < 20; second += 2.5)
        {
            _vitals.Told(new SessionStatistics { Downloaded = downloaded, Position = position });
            Assert.Null(Judge(Silent));
            _time.Advance(2.5);
        }

        Assert.Equal(ReadEnd.Frozen, Judge(Silent)?.End);
        Assert.Null(Judge(Silent, hadData: false)); // an engine that prebuffers for long stands still too
    }

    [Fact]
    public void Judge_NumbersFallBack_AreNotFrozen()
    {
        for (int poll = 0; poll < 60; poll++)
        {
            _vitals.Told(new SessionStatistics { Downloaded = 1_000_000 - (poll * 16384), Position = poll % 2 });
            Assert.Null(Judge(Silent));
            _time.Advance(5);
        }
    }

    [Fact]
    public void Judge_NumbersNotTold_AreNotFrozen()
    {
        for (int poll = 0; poll < 60; poll++)
        {
            _vitals.Told(new SessionStatistics { Status = "dl" });
            Assert.Null(Judge(Silent));
            _time.Advance(5);
        }

        Assert.False(_vitals.IsLoopLikely);
    }

    [Fact]
    public void Judge_SilentAndUnanswered_LeavesIfThereIsAnother()
    {
        _vitals.Unanswered(Flowing); // asked while it flowed: says nothing about the silence
        Assert.Null(Judge(Silent));
        _vitals.Unanswered(Silent);
        Assert.Null(Judge(Silent, hasOther: false));
        Assert.Null(Judge(Silent, hadData: false));
        Assert.Equal(ReadEnd.Hung, Judge(Silent)?.End);
        _vitals.Unanswered(Silent);
        Assert.Equal(ReadEnd.Hung, Judge(Silent, hadData: false)?.End);
        _vitals.Answered();
        Assert.Null(Judge(Silent));
    }

    [Theory]
    [InlineData("10", 3)]
    [InlineData("4", 2)]
    public void QuietFor_IsWellBelowTheStallTimeout(string stallTimeout, double expected) =>
        Assert.Equal(expected, New(("STALL_TIMEOUT", stallTimeout)).QuietFor.TotalSeconds);

    private SessionVitals New(params (string, string?)[] settings) =>
        new(UpstreamOptions.Read(Configured.With(settings)), WatchOptions.Read(Configured.With(settings)), _time);

    private ReadOutcome? Judge(TimeSpan silence, bool hadData = true, bool hasOther = true) => _vitals.Judge(silence, hadData, hasOther);
}
