using AceProxy.Tests.Settings;
using AceProxy.Upstream;
using AceProxy.Upstream.Playback;
using AceProxy.Upstream.Recovery;

namespace AceProxy.Tests.Upstream.Recovery;

public sealed class RecoveryPolicyTests
{
    private static readonly UpstreamOptions Options = UpstreamOptions.Read(Configured.With());
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Next_NeverAnyData_TriesUrlAnotherEngineItsUrlAndGivesUp()
    {
        RecoveryPolicy policy = NewPolicy();
        var actions = new List<RecoveryAction>();
        while (actions.Count < 4)
        {
            actions.Add(policy.Next(Ended(ReadEnd.BadResponse), 0, hasOther: true).Action);
            if (actions[^1] == RecoveryAction.OtherEngine)
            {
                policy.SessionOpened(isOtherEngine: true);
            }
        }

        Assert.Equal([RecoveryAction.Reconnect, RecoveryAction.OtherEngine, RecoveryAction.Reconnect, RecoveryAction.GiveUp], actions);
    }

    [Theory]
    [InlineData("EndOfBody", "Reconnect NewSession Reconnect OtherEngine Reconnect NewSession Reconnect OtherEngine")]
    [InlineData("Reset", "Reconnect NewSession Reconnect OtherEngine Reconnect NewSession Reconnect OtherEngine")]
    [InlineData("BadResponse", "Reconnect NewSession Reconnect OtherEngine Reconnect NewSession Reconnect OtherEngine")]
    [InlineData("NotTransportStream", "NewSession OtherEngine NewSession OtherEngine")] // where we hung up first the URL is still taken
    [InlineData("SessionLost", "NewSession OtherEngine NewSession OtherEngine")]
    [InlineData("Unreachable", "OtherEngine OtherEngine OtherEngine")]
    [InlineData("NoSession", "OtherEngine OtherEngine OtherEngine")]
    [InlineData("Stalled", "OtherEngine OtherEngine OtherEngine")]
    [InlineData("HeaderTimeout", "OtherEngine OtherEngine OtherEngine")]
    [InlineData("Frozen", "OtherEngine OtherEngine OtherEngine")]
    [InlineData("Hung", "OtherEngine OtherEngine OtherEngine")]
    [InlineData("Looping", "OtherEngine OtherEngine OtherEngine")]
    public void Next_SameFailureAgainAndAgainInMidPlay_ClimbsTheLadder(string end, string expected)
    {
        RecoveryPolicy policy = NewPolicy();
        var actions = new List<RecoveryAction>();
        foreach (string _ in expected.Split(' '))
        {
            actions.Add(policy.Next(Ended(Enum.Parse<ReadEnd>(end)), _time.GetTimestamp(), hasOther: true).Action);
            if (actions[^1] != RecoveryAction.Reconnect)
            {
                policy.SessionOpened(actions[^1] == RecoveryAction.OtherEngine);
            }
        }

        Assert.Equal(expected, string.Join(' ', actions));
    }

    [Theory]
    [InlineData("Reset", "Reconnect NewSession Reconnect NewSession")]
    [InlineData("Unreachable", "Reconnect NewSession Reconnect NewSession")]
    [InlineData("Stalled", "NewSession NewSession NewSession")]
    [InlineData("Hung", "NewSession NewSession NewSession")]
    public void Next_NoOtherEngine_StaysOnThisOne(string end, string expected)
    {
        RecoveryPolicy policy = NewPolicy();
        var actions = new List<RecoveryAction>();
        foreach (string _ in expected.Split(' '))
        {
            actions.Add(policy.Next(Ended(Enum.Parse<ReadEnd>(end)), _time.GetTimestamp(), hasOther: false).Action);
            if (actions[^1] == RecoveryAction.NewSession)
            {
                policy.SessionOpened(isOtherEngine: false);
            }
        }

        Assert.Equal(expected, string.Join(' ', actions));
    }

    [Fact]
    public void Next_OtherEngineFromEngineToEngine_AttemptsAndDelaysGoOn()
    {
        RecoveryPolicy policy = NewPolicy();
        for (int attempt = 0; attempt < 8; attempt++)
        {
            policy.Next(Ended(ReadEnd.Stalled), _time.GetTimestamp(), hasOther: true);
            policy.SessionOpened(isOtherEngine: true);
        }

        Assert.InRange(policy.Next(Ended(ReadEnd.Stalled), _time.GetTimestamp(), hasOther: true).Delay, Options.RetryDelay / 2, Options.RetryDelay);
    }

    [Fact]
    public void Next_NoDataForTheWholeTime_GivesUp()
    {
        RecoveryPolicy policy = NewPolicy();
        long lastData = _time.GetTimestamp();

        for (int attempt = 0; attempt < 59; attempt++)
        {
            Assert.NotEqual(RecoveryAction.GiveUp, Fail(policy, lastData).Action);
            _time.Advance(1);
        }

        _time.Advance(0.999);
        Assert.NotEqual(RecoveryAction.GiveUp, Fail(policy, lastData).Action);
        _time.Advance(0.001);
        Assert.Equal(new RecoveryStep(RecoveryAction.GiveUp, TimeSpan.Zero), Fail(policy, lastData));
    }

    [Fact]
    public void Next_EachFailure_DelayDoublesFromFiftyMillisecondsToTheBound()
    {
        RecoveryPolicy policy = NewPolicy();
        double whole = 0.05;

        for (int attempt = 0; attempt < 40; attempt++)
        {
            double delay = Fail(policy, _time.GetTimestamp()).Delay.TotalSeconds;
            Assert.InRange(delay, whole / 2, whole);
            whole = Math.Min(whole * 2, Options.RetryDelay.TotalSeconds);
        }
    }

    [Fact]
    public void Next_ManyStreams_DoNotKnockTogether()
    {
        var random = new Random(7);
        double[] delays = [.. Enumerable.Range(0, 100).Select(_ => Fail(new RecoveryPolicy(Options, _time, random), 0).Delay.TotalMilliseconds)];

        Assert.InRange(delays.Distinct().Count(), 90, 100);
        Assert.InRange(delays.Max() - delays.Min(), 20, 25);
    }

    [Theory]
    [InlineData(29.9, false)]
    [InlineData(30, true)]
    [InlineData(3600, true)]
    public void Next_AfterDataFlowedForSoLong_BeginsAfreshIfItWasStable(double seconds, bool isFresh)
    {
        RecoveryPolicy policy = NewPolicy();
        Fail(policy, _time.GetTimestamp());

        RecoveryStep step = policy.Next(Ended(ReadEnd.EndOfBody, seconds), _time.GetTimestamp(), hasOther: true);

        Assert.Equal(isFresh ? RecoveryAction.Reconnect : RecoveryAction.NewSession, step.Action);
        Assert.Equal(isFresh, step.Delay <= TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Next_LongToItsFirstDataAndThenShort_IsNotStable()
    {
        RecoveryPolicy policy = NewPolicy();
        Fail(policy, _time.GetTimestamp());
        _time.Advance(45); // prebuffering

        Assert.Equal(RecoveryAction.NewSession, policy.Next(Ended(ReadEnd.Reset, flowed: 1), _time.GetTimestamp(), hasOther: true).Action);
    }

    [Fact]
    public void Next_CleanEndEveryTenMinutes_NeverGivesUpNorChangesTheSession()
    {
        RecoveryPolicy policy = NewPolicy();
        for (int connection = 0; connection < 500; connection++)
        {
            _time.Advance(600);
            Assert.Equal(RecoveryAction.Reconnect, policy.Next(Ended(ReadEnd.EndOfBody, 600), _time.GetTimestamp(), hasOther: true).Action);
        }
    }

    private RecoveryPolicy NewPolicy()
    {
        var policy = new RecoveryPolicy(Options, _time, new Random(1));
        policy.SessionOpened(isOtherEngine: true);
        return policy;
    }

    private static ReadOutcome Ended(ReadEnd end, double? flowed = null) =>
        new(end, "", flowed is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

    private static RecoveryStep Fail(RecoveryPolicy policy, long lastData) => policy.Next(Ended(ReadEnd.Reset), lastData, hasOther: true);
}
