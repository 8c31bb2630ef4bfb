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
            if (!IsUsable(url))
            {
                settings.Problem("ASPNETCORE_URLS", $"'{url}' is not an address to listen on, such as http://+:8000");
            }
        }

        return new ListenOptions(urls);
    }

    /// <summary>Plain HTTP only: no certificate is configured here. A port that is no number is parsed as a part of the host.</summary>
    private static bool IsUsable(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            bool isNumberedHost = address.Host.Contains(':') && !address.Host.StartsWith('[');
            return address.Scheme.Equals(Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase)
                && (address.IsUnixPipe || (address.Port is >= 0 and <= 65535 && !isNumberedHost));
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
