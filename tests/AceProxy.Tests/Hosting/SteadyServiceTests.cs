using AceProxy.Hosting;
using AceProxy.Tests.Functional;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Hosting;

public sealed class SteadyServiceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_Fails_IsLoggedAndBeginsAnewAfterAPauseAndTheHostGoesOn()
    {
        var time = new ManualTimeProvider();
        var log = new RecordedLog();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton<TimeProvider>(time).AddSingleton<Failing>().AddHostedService(services => services.GetRequiredService<Failing>());
        using IHost host = builder.Build();
        Failing service = host.Services.GetRequiredService<Failing>();
        await host.StartAsync(Cancellation);

        await SafetyNet.EventuallyAsync(() => log.Count("Failing met an error") == 1, () => "nothing is said");
        Assert.Equal(1, service.Runs); // it waits for a clock that stands still
        await SafetyNet.EventuallyAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return service.Runs == 3;
            },
            () => "it does not begin anew");

        Assert.Equal(2, log.Count("Failing met an error"));
        Assert.False(service.ExecuteTask!.IsCompleted);
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await host.StopAsync(Cancellation);
        Assert.True(service.ExecuteTask.IsCompletedSuccessfully);
    }

    /// <summary>Fails twice, and goes on then.</summary>
    private sealed class Failing(TimeProvider time, ILogger<Failing> logger) : SteadyService(time, logger)
    {
        private int _runs;

        public int Runs => Volatile.Read(ref _runs);

        protected override Task RunAsync(CancellationToken cancellation) =>
            Interlocked.Increment(ref _runs) < 3 ? throw new InvalidDataException("nonsense") : Task.Delay(Timeout.Infinite, cancellation);
    }
}
