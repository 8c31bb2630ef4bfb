using AceProxy.Settings;

namespace AceProxy.Hosting;

/// <summary>Where this worker listens.</summary>
internal sealed record ListenOptions(string Urls)
{
    public static ListenOptions Read(SettingsReader settings)
    {
        string urls = settings.Text("ASPNETCORE_URLS", "http://+:8000", "URLs, semicolon-separated", "where players connect");
        foreach (string url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                _ = BindingAddress.Parse(url);
            }
            catch (FormatException)
            {
                settings.Problem("ASPNETCORE_URLS", $"'{url}' is not an address to listen on, such as http://+:8000");
            }
        }

        return new ListenOptions(urls);
    }
}
