using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AceProxy.Settings;

namespace AceProxy.Hosting;

/// <summary>
/// The certificate of https addresses, as Kestrel's own configuration names it: <c>Path</c>, and <c>KeyPath</c> for PEM or <c>Password</c>
/// for PKCS #12. Looked at before Kestrel does, which would tell of a stack of exceptions and no variable.
/// </summary>
internal static class Certificate
{
    public const string PathVariable = "Kestrel__Certificates__Default__Path";

    private const string Section = "Kestrel:Certificates:Default:";

    /// <returns>Null: it can be used.</returns>
    public static string? ProblemOf(SettingsReader settings)
    {
        if (settings.Foreign($"{Section}Path") is not { Length: > 0 } path)
        {
            return "is not set; an https address in ASPNETCORE_URLS needs a certificate";
        }

        try
        {
            using X509Certificate2 certificate = settings.Foreign($"{Section}KeyPath") is { Length: > 0 } key
                ? Pem(path, key, settings.Foreign($"{Section}Password"))
                : X509CertificateLoader.LoadPkcs12FromFile(path, settings.Foreign($"{Section}Password"));
            return certificate.HasPrivateKey ? null : $"'{path}' has no private key; name it in Kestrel__Certificates__Default__KeyPath";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return $"'{path}' cannot be used: {exception.Message}";
        }
    }

    private static X509Certificate2 Pem(string path, string key, string? password) => string.IsNullOrEmpty(password)
        ? X509Certificate2.CreateFromPemFile(path, key)
        : X509Certificate2.CreateFromEncryptedPemFile(path, password, key);
}
