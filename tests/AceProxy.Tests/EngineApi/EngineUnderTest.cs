using System.Net;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Events;
using AceProxy.Tests.Engines;
using AceProxy.Tests.Settings;
using Microsoft.Extensions.DependencyInjection;

namespace AceProxy.Tests.EngineApi;

/// <summary>The engine API as the program composes it, pointed at one server.</summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public EngineUnderTest(IPEndPoint endPoint, TimeProvider? time = null, params (string Name, string? Value)[] settings)
    {
        AceProxy.Settings.SettingsReader reader = Configured.With([("ENGINES", endPoint.ToString()), .. settings]);
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(time ?? TimeProvider.System)
            .AddSingleton(new EventLog("worker", isShared: false, TimeProvider.System))
            .AddEngines(reader)
            .AddEngineApi(reader)
            .BuildServiceProvider();
        reader.ThrowIfProblems();
        _services.StartSources();
    }

    public Engine Engine => Assert.Single(_services.GetRequiredService<EnginePool>().Engines);

    public EnginePool Pool => _services.GetRequiredService<EnginePool>();

    public EngineClient Client => _services.GetRequiredService<EngineClient>();

    public EngineSessions Sessions => _services.GetRequiredService<EngineSessions>();

    public ContentResolver Resolver => _services.GetRequiredService<ContentResolver>();

    public Uri Address => new($"http://{Engine.Address.Id}/x");

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
