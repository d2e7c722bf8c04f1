# Tells Trunkline about a commit: posts the repository's UUID and the revision, nothing else, from the background.
# It never delays, refuses or comments on a commit. Written to the documentation of Subversion and of Windows PowerShell 5.1.
#
#   post-commit.cmd starts it                    REPOSITORY REVISION commit
#   trunkline-hook.ps1 REPOSITORY -Test          sends the newest revision in the foreground and says what happened
#
# Reads, in REPOSITORY\conf:
#   trunkline.url       one line, the server's address: https://ci.example.com
#   trunkline.header    one line, readable for the service's account only: Authorization: Bearer TOKEN
param(
  [Parameter(Mandatory = $true, Position = 0)][string]$Repository,
  [Parameter(Position = 1)][string]$Revision,
  [Parameter(Position = 2)][ValidateSet('commit', 'revprop')][string]$Kind = 'commit',
  [switch]$Send,
  [switch]$Test
)
$ErrorActionPreference = 'Stop'
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

function Read-Line([string]$Path) {
  $line = Get-Content -LiteralPath $Path -TotalCount 1
  if (-not $line) { throw "$Path is missing, empty or not readable" }
  $line.Trim()
}

function Send-Revision([string]$Number) {
  $address = (Read-Line (Join-Path $Repository 'conf\trunkline.url')).TrimEnd('/') + '/hooks/svn'
  $header = Read-Line (Join-Path $Repository 'conf\trunkline.header')
  $uuid = (& svnlook.exe uuid $Repository | Select-Object -First 1).Trim()
  $body = @{ uuid = $uuid; revision = [int64]$Number; kind = $Kind } | ConvertTo-Json -Compress
  $headers = @{ Authorization = $header -replace '^Authorization:\s*', '' }
  $request = @{
    Uri = $address; Method = 'Post'; Headers = $headers; Body = $body; ContentType = 'application/json'
    TimeoutSec = 8; MaximumRedirection = 0; UseBasicParsing = $true
  }
  # Of a redirect that is not followed it returns the answer only when its error does not stop; a refusal is thrown anyway.
  Invoke-WebRequest @request -ErrorAction SilentlyContinue
}

# What the answer's status was; 0 when there was none.
function Get-Status($Failure) {
  if ($Failure.Exception.Response) { [int]$Failure.Exception.Response.StatusCode } else { 0 }
}

if ($Test) {
  try {
    $newest = (& svnlook.exe youngest $Repository | Select-Object -First 1).Trim()
    $answer = Send-Revision $newest
    $status = [int]$answer.StatusCode
    if ($status -ge 300) {
      Write-Output "Sent elsewhere ($status): write the address that it leads to, https:// perhaps, into trunkline.url."
      exit 1
    }
    if ($answer.Content -notmatch '"event": *"[0-9A-Za-z-]+"') {
      Write-Output "Not Trunkline: something else answered $status. Is the address right?"
      exit 1
    }
    Write-Output "Works: Trunkline answered $status. $($answer.Content)"
    exit 0
  } catch {
    Write-Output "Failed with status $(Get-Status $_): $($_.Exception.Message)"
    exit 1
  }
}

if ($Revision -notmatch '^\d+$') { exit 0 }

if (-not $Send) {
  # Started through the shell, the other process inherits no handle: Subversion reads a hook's output to its end.
  $arguments = "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$PSCommandPath`" `"$Repository`" $Revision $Kind -Send"
  Start-Process -FilePath 'powershell.exe' -ArgumentList $arguments -WindowStyle Hidden
  exit 0
}

# A server that is away is asked four times in about half a minute; what is lost then, Trunkline's own polling finds.
foreach ($pause in 0, 1, 5, 20) {
  Start-Sleep -Seconds $pause
  try {
    Send-Revision $Revision | Out-Null
    exit 0
  } catch {
    $status = Get-Status $_
    if ($status -ne 0 -and $status -ne 408 -and $status -ne 429 -and $status -lt 500) { exit 0 }
  }
}
exit 0
