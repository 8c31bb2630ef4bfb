using AceProxy.Engines.Health;
using AceProxy.Engines.Sources;
using AceProxy.Events;
using AceProxy.Tests.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace AceProxy.Tests.Engines.Sources;

public sealed class SourceMonitorTests
{
    /// <summary>Whatever stops before may have used up the time; an exception would make an orderly end an unclean one.</summary>
    [Fact]
    public async Task Stop_NoTimeLeft_DoesNotThrow()
    {
        var source = new HungSource();
        var catalog = new EngineCatalog(Health(), new EventLog("worker", false, TimeProvider.System), TimeProvider.System, NullLogger<EngineCatalog>.Instance);
        using var monitor = new SourceMonitor([source], catalog, TimeProvider.System, NullLogger<SourceMonitor>.Instance);
        await monitor.StartAsync(CancellationToken.None);

        await monitor.StopAsync(new CancellationToken(canceled: true));

        source.Answer.SetResult(SourceAnswer.Failed("too late"));
    }

    private static HealthOptions Health() =>
        HealthOptions.Read(Configured.With());

    private sealed class HungSource : IEngineSource
    {
        public TaskCompletionSource<SourceAnswer> Answer { get; } = new();

        public string Name => "hung";

        public TimeSpan Interval => Timeout.InfiniteTimeSpan;

        public Task<SourceAnswer> AskAsync(CancellationToken cancellation) => Answer.Task;
    }
}
