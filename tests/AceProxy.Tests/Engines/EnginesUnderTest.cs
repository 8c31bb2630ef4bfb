using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Engines.Health;
using AceProxy.Engines.Orders;
using AceProxy.Engines.Sources;
using AceProxy.Events;
using AceProxy.Tests.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AceProxy.Tests.Engines;

/// <summary>The engines as the program composes them, on a clock that the test moves. Health is looked at only if asked for.</summary>
internal sealed class EnginesUnderTest : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly List<IHostedService> _running = [];

    public EnginesUnderTest(string engines, params (string Name, string? Value)[] settings)
        : this((ResolveHost?)null, [("ENGINES", engines), .. settings])
    {
    }

    public EnginesUnderTest(ResolveHost? resolve, params (string Name, string? Value)[] settings)
    {
        AceProxy.Settings.SettingsReader reader = Configured.With(settings);
        IServiceCollection services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(Log))
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton(new EventLog("worker", isShared: false, Time))
            .AddEngines(reader)
            .AddEngineApi(reader);
        if (resolve is not null)
        {
            services.AddSingleton(resolve);
        }

        _services = services.BuildServiceProvider();
        reader.ThrowIfProblems();
        _running.Add(_services.Start<SourceMonitor>());
    }

    public ManualTimeProvider Time { get; } = new();

    public RecordedLog Log { get; } = new();

    public EnginePool Pool => _services.GetRequiredService<EnginePool>();

    public EngineCatalog Catalog => _services.GetRequiredService<EngineCatalog>();

    public EngineOptions Options => _services.GetRequiredService<EngineOptions>();

    public EngineOrders Orders => _services.GetRequiredService<EngineOrders>();

    /// <summary>All engines with their states, for comparison.</summary>
    public string Ids => string.Join(' ', Catalog.Engines.Select(engine => engine.Address.Id).Order(StringComparer.Ordinal));

    public Engine this[string id] => Catalog.Find(id) ?? throw new KeyNotFoundException(id);

    public static Engine Alone(TimeProvider time, params (string Name, string? Value)[] settings) => new(
        new EngineListing(new EngineAddress("a", 6878, false), ["ENGINES"], null, null),
        HealthOptions.Read(Configured.With(settings)), time, (_, _) => { });

    public void StartHealth() => _running.Add(_services.Start<HealthMonitor>());

    /// <summary>Moves the clock in small steps until it holds, so that real answers find their way in between.</summary>
    /// <returns>How far the clock was moved.</returns>
    public async Task<TimeSpan> AdvanceUntilAsync(Func<bool> holds, double step = 0.1)
    {
        DateTimeOffset started = Time.GetUtcNow();
        long real = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(real) < Functional.SafetyNet.Limit,
                string.Join(Environment.NewLine, Catalog.Engines.Select(engine => $"{engine} {engine.Health}")));
            Time.Advance(step);
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        return Time.GetUtcNow() - started;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IHostedService service in _running)
        {
            await service.StopAsync(CancellationToken.None);
        }

        await _services.DisposeAsync();
    }
}
