using AceProxy.Settings;

namespace AceProxy.Hosting;

/// <summary>Where this worker listens.</summary>
internal sealed record ListenOptions(string Urls)
{
    private const string Default = "http://+:8000";

    /// <summary>The port players are told; of the default when the text is empty or cannot be used.</summary>
    public static int FirstPort(string? urls)
    {
        string first = string.IsNullOrWhiteSpace(urls) ? Default : urls.Split(';')[0];
        return Uri.TryCreate(first.Replace("+", "localhost", StringComparison.Ordinal).Replace("*", "localhost", StringComparison.Ordinal),
            UriKind.Absolute, out Uri? uri) ? uri.Port : 8000;
    }

    public static ListenOptions Read(SettingsReader settings)
    {
        string urls = settings.Text("ASPNETCORE_URLS", Default, "URLs, semicolon-separated", "where players connect");
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
