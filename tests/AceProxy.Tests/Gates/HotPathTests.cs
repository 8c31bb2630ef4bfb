using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Gates;

/// <summary>What the hot path leaves to the garbage collector, step by step; the micro-benchmark times the same steps.</summary>
public sealed class HotPathTests
{
    private const int Runs = 31;

    public static TheoryData<string> Steps => [.. HotPath.Steps.Keys];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Run_SteadyState_AllocatesWithinItsBudget(string name)
    {
        if (name.Contains("H.264", StringComparison.Ordinal) || name.Contains("HEVC", StringComparison.Ordinal))
        {
            ExternalTool.Require("ffmpeg");
        }

        using HotPathStep step = await HotPath.Steps[name](Clip.MakeAsync);
        var figures = HotPathFigures.Of(step, Runs);

        TestContext.Current.TestOutputHelper?.WriteLine($"{figures.Allocated:0.##} bytes a {step.Unit}, budget {step.Budget}");
        Assert.Equal(name, step.Name);
        Assert.True(figures.IsWithin(step), $"{figures.Allocated} bytes a {step.Unit} instead of at most {step.Budget}");
        if (step is InspectStep inspection)
        {
            Assert.True(inspection.Found > Runs, "no access points were found: the clip was not looked at");
        }
    }

    [Fact]
    public async Task Run_OneByteArrayMore_IsBeyondEveryBudgetOfNothing()
    {
        using HotPathStep step = new WastefulStep(await HotPath.Steps["align, in step"](Clip.MakeAsync));

        Assert.False(HotPathFigures.Of(step, Runs).IsWithin(step));
    }

    private sealed class WastefulStep(HotPathStep step) : HotPathStep(step.Name, step.Unit, step.Budget)
    {
        private byte[]? _waste;

        public override int Units => step.Units;

        public override void Run()
        {
            step.Run();
            _waste = new byte[1 + (_waste?.Length & 1 ?? 0)];
        }
    }
}
