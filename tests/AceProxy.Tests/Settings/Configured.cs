using AceProxy.Settings;
using Microsoft.Extensions.Configuration;

namespace AceProxy.Tests.Settings;

/// <summary>Settings from pairs instead of the environment.</summary>
internal static class Configured
{
    public static SettingsReader With(params (string Name, string? Value)[] settings) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)))
        .Build());
}
