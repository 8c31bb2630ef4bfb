using AceProxy.Tests.Settings;
using AceProxy.Upstream;

namespace AceProxy.Tests.Upstream;

public sealed class RecoveryPolicyTests
{
    private static readonly UpstreamOptions Options = UpstreamOptions.Read(Configured.With());
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Next_NeverAnyData_TriesUrlSessionUrlAndGivesUp()
    {
        RecoveryPolicy policy = NewPolicy();

        Assert.Equal(
            [RecoveryAction.Reconnect, RecoveryAction.NewSession, RecoveryAction.Reconnect, RecoveryAction.GiveUp],
            Enumerable.Range(0, 4).Select(_ => Fail(policy, 0).Action));
    }

    [Fact]
    public void Next_DataFlowedOnce_AlternatesUntilNoDataForTheWholeTime()
    {
        RecoveryPolicy policy = NewPolicy();
        long lastData = _time.GetTimestamp();

        for (int attempt = 0; attempt < 59; attempt++)
        {
            Assert.Equal(attempt % 2 == 0 ? RecoveryAction.Reconnect : RecoveryAction.NewSession, Fail(policy, lastData).Action);
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
        policy.Connecting();
        _time.Advance(seconds);

        RecoveryStep step = policy.Next(new ReadOutcome(ReadEnd.EndOfBody, "", HadData: true), _time.GetTimestamp());

        Assert.Equal(isFresh ? RecoveryAction.Reconnect : RecoveryAction.NewSession, step.Action);
        Assert.Equal(isFresh, step.Delay <= TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Next_ConnectionOpenForLongWithoutData_IsNotStable()
    {
        RecoveryPolicy policy = NewPolicy();
        Fail(policy, _time.GetTimestamp());
        policy.Connecting();
        long lastData = _time.GetTimestamp();
        _time.Advance(45);

        Assert.Equal(RecoveryAction.NewSession, policy.Next(new ReadOutcome(ReadEnd.Stalled, "", HadData: true), lastData).Action);
    }

    [Fact]
    public void Next_CleanEndEveryTenMinutes_NeverGivesUpNorChangesTheSession()
    {
        RecoveryPolicy policy = NewPolicy();
        for (int connection = 0; connection < 500; connection++)
        {
            policy.Connecting();
            _time.Advance(600);
            RecoveryStep step = policy.Next(new ReadOutcome(ReadEnd.EndOfBody, "", HadData: true), _time.GetTimestamp());
            Assert.Equal(RecoveryAction.Reconnect, step.Action);
        }
    }

    private RecoveryPolicy NewPolicy() => new(Options, _time, new Random(1));

    private static RecoveryStep Fail(RecoveryPolicy policy, long lastData) =>
        policy.Next(new ReadOutcome(ReadEnd.Unreachable, "", HadData: false), lastData);
}
