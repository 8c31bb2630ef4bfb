using System.Text;

namespace AceProxy.Settings;

/// <summary>The settings as an environment file: every one commented out with its default, so that what is set stands out.</summary>
internal static class EnvironmentFile
{
    public static string Of(IEnumerable<Setting> settings)
    {
        var text = new StringBuilder("# Copy to .env and set what differs; everything here is the default. Made by the settings command.\n");
        foreach (Setting setting in settings)
        {
            text.Append('\n').Append("# ").Append(setting.Meaning).Append(" (").Append(setting.Unit).Append(")\n")
                .Append('#').Append(setting.Name).Append('=').Append(setting.Default).Append('\n');
        }

        return text.ToString();
    }
}
